"""Choosing a root where none is pinned (rule 7 of DESIGN section 4)."""

from collections.abc import Iterable, Sequence

from gitgates.codec.records import RecordCodec
from gitgates.errors import CannotDecide, StoreError
from gitgates.ledger.files import Authenticator
from gitgates.ledger.policies import PolicyFolder, find_geneses
from gitgates.model.paths import POLICY_FOLDER, id_in_name
from gitgates.store.history import added_names
from gitgates.store.repository import Repository


def only_genesis(
    repository: Repository,
    commits: Sequence[str],
    folder: PolicyFolder,
    authenticator: Authenticator,
    codec: RecordCodec,
) -> str:
    """Return the only root policy in the ledger's whole history (rule 7 of DESIGN section 4).

    Args:
        commits: the ledger's tips.

    Raises:
        CannotDecide: there are none or several, or a policy was once there and is not any more.
    """
    geneses = find_geneses(folder, authenticator, codec.decode)
    there = {file.path.rpartition("/")[2] for file in folder.files}
    ever = {name for name in _added(repository, commits) if id_in_name(name)}
    if len(geneses) == 1 and ever <= there:
        return geneses[0]
    told = f"{len(geneses)} root policies are there ({', '.join(geneses)})" if len(geneses) != 1 else ""
    gone = (
        f"{len(ever - there)} policy record(s) were removed: {', '.join(sorted(ever - there))}" if ever - there else ""
    )
    raise CannotDecide(
        "no pin",
        f"which root to trust is not clear: {'; '.join(filter(None, (told, gone)))}",
        remedy="Ask a colleague for the root and pass it with --root",
    )


def _added(repository: Repository, commits: Sequence[str]) -> Iterable[str]:
    """Return the names that were ever added to the folder of policies; CannotDecide where that cannot be read."""
    try:
        return added_names(repository, commits, POLICY_FOLDER)
    except StoreError as error:
        told = "this partial clone lacks it" if repository.is_partial else error.message
        remedy = "Run `git fetch --refetch --no-filter`" if repository.is_partial else error.remedy
        raise CannotDecide("unreadable", f"the history of the policies cannot be read: {told}", remedy=remedy) from None
