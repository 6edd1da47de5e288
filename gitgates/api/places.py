"""Where a `RegistryIntegration` with a path of its own finds its ledger."""

import os

import attrs

from gitgates.api.session import Session
from gitgates.errors import NoLedger, NoRepository
from gitgates.ledger.genesis import create_embedded
from gitgates.store.repository import Repository


def session_at(session: Session, path: str) -> Session:
    """Return the session at `path`; make an embedded ledger there if `path` is outside any repository."""
    session = attrs.evolve(session, path=path)
    existing = path
    while not os.path.isdir(existing):  # the folder may be yet to be made; what counts is what it would lie in
        existing = os.path.dirname(os.path.abspath(existing))
    try:
        repository = Repository.open(existing)
    except NoRepository:
        create_embedded(path, session.signing_key, session.environ, session.clock())
        return session
    if not os.path.isdir(path):
        session = attrs.evolve(session, path=existing)
    try:
        session.open().__exit__(None, None, None)
    except NoLedger as error:
        raise NoLedger(
            f"{path} is in the repository {repository.git_dir}: {error.message}", remedy=error.remedy
        ) from None
    return session
