"""Joining the index, and pushing it and the branch in one step."""

from collections.abc import Collection
from datetime import datetime

from gitgates.errors import PushRefused
from gitgates.ledger.index import NOTES_PREFIX
from gitgates.ledger.reading import Ledger
from gitgates.ledger.sync.incoming import Incoming, OnProgress
from gitgates.store.append import Change, NoteTip, Tip, append
from gitgates.store.remotes import push
from gitgates.store.repository import Identity

_BY = Identity("gitgates", "gitgates")


def push_branch_and_index(
    ledger: Ledger,
    incoming: Incoming,
    commit: str | None,
    unreadable: Collection[str],
    on_progress: OnProgress | None,
) -> tuple[str, ...]:
    """Push `commit` to the ledger's branch, and the joined index with it; return what was refused of the index.

    The index can be made anew anywhere. So a remote that takes records and no notes is given the records alone.

    Args:
        commit: None where the remote's branch has everything.
        unreadable: the refs of the remote's index that `join_index` could not join; they stay as they are.

    Raises:
        RefMoved: somebody was faster.
        PushRefused: the remote does not take the records.
        RemoteUnreachable: the remote cannot be reached.
    """
    repository = ledger.repository
    branch = {} if commit is None else {incoming.branch: commit}
    mine = repository.refs(NOTES_PREFIX.rstrip("/"))
    blocked = tuple(ref for ref in mine if ref in incoming.blocked)
    left_out = {*unreadable, *blocked}
    notes = {ref: here for ref, here in mine.items() if incoming.notes.get(ref) != here and ref not in left_out}
    try:
        push(repository, incoming.remote, branch | notes, on_progress)
    except PushRefused as error:
        refused = tuple(ref for ref, _ in error.refused)
        if not refused or not all(ref.startswith(NOTES_PREFIX) for ref in refused):
            raise
        push(repository, incoming.remote, branch, on_progress)
        return (*refused, *blocked)
    return blocked


def join_index(ledger: Ledger, incoming: Incoming, now: datetime) -> tuple[str, ...]:
    """Join the remote's index into this clone's; return the refs of which the remote's could not be read."""
    repository = ledger.repository
    mine = repository.refs(NOTES_PREFIX.rstrip("/"))
    theirs = tuple(NoteTip(ref, commit) for ref, commit in incoming.notes.items() if mine.get(ref) != commit)
    if not theirs:
        return ()

    def plan(_: Tip) -> Change:
        return Change({}, "gates: sync the index\n", note_tips=theirs)

    by, seconds = repository.identity(_BY), int(now.timestamp())
    return append(repository, incoming.branch, plan, identity=by, seconds=seconds).skipped
