"""What each remote had of the ledger when this clone looked last; nothing is fetched."""

from collections.abc import Iterator
from datetime import datetime

from gitgates.errors import GitgatesError
from gitgates.ledger.freshness import age_text, sync_notes
from gitgates.ledger.health.diagnosis import Diagnosis, State, problem
from gitgates.ledger.locate import FETCHED, REFUSED
from gitgates.ledger.reading import Ledger
from gitgates.ledger.sync.incoming import Incoming
from gitgates.ledger.sync.losses import losses, refuse_losses, refuse_other_root
from gitgates.model.paths import LEDGER_FOLDER
from gitgates.store.history import lacks_commits
from gitgates.store.reflog import has_been, moved_at
from gitgates.store.repository import Repository

_FETCHES = ("fetch", "pull", "update by push")
"""Why git itself moves what it knows of a remote's branch."""


def remotes_diagnoses(ledger: Ledger, now: datetime) -> Iterator[Diagnosis]:
    """Yield how the ledger's branch compares with what each remote had when it was last fetched."""
    repository, location = ledger.repository, ledger.location
    if not location.ref.startswith("refs/heads/"):
        text = f"only the remote's copy {location.ref} is here; the first record makes a local branch"
        yield Diagnosis("remote", State.OK, text)
    for remote in repository.config.subsections("remote"):
        try:
            yield from _remote(ledger, remote, now)
        except GitgatesError as error:
            yield problem("remote", error)


def _remote(ledger: Ledger, remote: str, now: datetime) -> Iterator[Diagnosis]:
    refused = _refused(ledger, remote, now)
    if refused is not None:
        yield refused
        return
    repository, branch = ledger.repository, ledger.location.branch.removeprefix("refs/heads/")
    own, kept = f"refs/remotes/{remote}/{branch}", f"{FETCHED}/{remote}/{branch}"
    known = repository.refs(own, kept)
    ref = own if _is_newer(ledger, remote, own, kept) else kept
    if ref not in known:
        if ledger.location.ref.startswith("refs/heads/"):
            text = f"{remote} is not known to have the branch {branch}"
            yield Diagnosis("remote", State.WARNING, text, "Run `gitgates sync` to fetch and share it")
        return
    incoming = Incoming(
        remote, ledger.location.branch, known[ref], {}, frozenset(), tuple(known.values()), known.get(kept), {}, ""
    )
    refuse_other_root(ledger, incoming)
    refuse_losses(incoming, losses(ledger, incoming))
    if ledger.location.ref.startswith("refs/heads/"):
        yield _compared(ledger, remote, ref, known[ref])


def _refused(ledger: Ledger, remote: str, now: datetime) -> Diagnosis | None:
    """Return that the last `sync` refused what the remote had: what is known of it is older than that."""
    notes = sync_notes(ledger.repository, remote, ledger.location.branch)
    kept = any(ref.startswith(f"{REFUSED}/{remote}/") for ref in ledger.location.refused)
    if notes.refused is None and not kept:
        return None
    age = notes.refused_age(now)
    when = "" if age is None else f", {age_text(age)} ago,"
    text = f"the last `gitgates sync` with {remote}{when} refused what it had: nothing was joined or shared"
    remedy = "See why with `gitgates sync`; where records were lost, `gitgates sync --restore` brings them back"
    return Diagnosis("remote", State.PROBLEM, text, remedy)


def _is_newer(ledger: Ledger, remote: str, own: str, kept: str) -> bool:
    """Tell whether git's own ref of a remote's branch was fetched after the one that `sync` keeps.

    `sync` moves git's own only where it pushes. So one that is behind is old, unless it has been where the other is, or
    was moved since: then the remote has gone back.
    """
    repository = ledger.repository
    known = repository.refs(own, kept)
    if own not in known or kept not in known:
        return own in known
    if known[own] == known[kept] or has_been(repository, own, known[kept]):
        return True
    if lacks_commits(repository, known[kept], known[own], LEDGER_FOLDER):
        return True
    moved, noted = moved_at(repository, own, _FETCHES), sync_notes(repository, remote, ledger.location.branch).fetched
    return moved is not None and noted is not None and moved > noted.timestamp()


def _compared(ledger: Ledger, remote: str, ref: str, theirs: str) -> Diagnosis:
    repository, location = ledger.repository, ledger.location
    lacks = _lacks(repository, location.commit, theirs), _lacks(repository, theirs, location.commit)
    if lacks[0]:
        text = f"{ref} has records that {location.ref} lacks"
        return Diagnosis("remote", State.OK, f"{text}; both are read, and `gitgates sync` joins them")
    if lacks[1]:
        text = f"{location.ref} has commits of the ledger that {remote} lacks"
        return Diagnosis("remote", State.WARNING, text, "Share them: `gitgates sync`")
    return Diagnosis("remote", State.OK, f"{remote} has the same records, as of the last fetch")


def _lacks(repository: Repository, ours: str, theirs: str) -> bool:
    return lacks_commits(repository, ours, theirs, LEDGER_FOLDER)
