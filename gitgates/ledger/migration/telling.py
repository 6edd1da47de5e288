"""Telling whoever reads a branch that the ledger has left: pushing the commit there by which they learn of the move."""

from gitgates.errors import RefMoved, UsageError
from gitgates.model.paths import LEDGER_FOLDER
from gitgates.store.ancestry import is_ancestor
from gitgates.store.comparing import only_touch
from gitgates.store.network import OnProgress
from gitgates.store.remotes import advertised, push
from gitgates.store.repository import Repository


def push_left(repository: Repository, remote: str, branch: str, on_progress: OnProgress | None = None) -> None:
    """Push what this clone has of `branch`, where the remote lacks commits of the ledger alone: no code goes along.

    Raises:
        UsageError: the remote lacks the branch, or code on it, which is the user's to push.
        RefMoved: the remote has commits that this clone lacks.
        PushRefused, RemoteUnreachable: see `store.remotes`.
    """
    name = branch.removeprefix("refs/heads/")
    mine = repository.refs(branch).get(branch)
    there = advertised(repository, remote, [branch]).get(branch)
    known = there is not None and repository.resolve(there) is not None
    if mine is None or (known and is_ancestor(repository, mine, str(there))):
        return
    by_hand = f"git push {remote} {name}"
    if there is None:
        raise UsageError(f"{remote} has no branch {name}", remedy=f"Push it yourself: {by_hand}")
    if not known or not is_ancestor(repository, there, mine):
        text = f"{name} on {remote} has commits that this clone lacks"
        raise RefMoved(text, remedy=f"Bring them in: git pull --rebase {remote} {name}, then {by_hand}")
    if not only_touch(repository, there, mine, LEDGER_FOLDER):
        text = f"{name} has commits of code that {remote} lacks, and code is not pushed"
        raise UsageError(text, remedy=f"Push it yourself: {by_hand}")
    push(repository, remote, {branch: mine}, on_progress)
