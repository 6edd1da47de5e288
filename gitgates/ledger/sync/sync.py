"""`sync`: one ledger in many clones. Fetch, hold what came against what was seen, join as a union, push; or again.

Nothing is ever forced: the remote's branch only moves forwards, this clone's code stays where it is, and a record that
exists anywhere is in the union.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NoReturn

import attrs

from gitgates.errors import CannotDecide, RefLocked, RefMoved, StoreError, UsageError
from gitgates.ledger.continuity import Lost
from gitgates.ledger.freshness import note_fetched
from gitgates.ledger.obstacles import clone_obstacles
from gitgates.ledger.opening import ledger_branch, ledger_branches
from gitgates.ledger.reading import Ledger
from gitgates.ledger.sync.following import follow, index_received
from gitgates.ledger.sync.incoming import Incoming, fetched
from gitgates.ledger.sync.left import left_branches, with_left
from gitgates.ledger.sync.losses import losses, refuse_losses, refuse_other_root, refuse_unrestorable, with_tip
from gitgates.ledger.sync.outcome import Options, Synced
from gitgates.ledger.sync.outgoing import Write, commit_to_push, refuse_fork, written_on_top
from gitgates.ledger.sync.pushing import join_index, push_branch_and_index
from gitgates.ledger.sync.received import new_records, record_ids
from gitgates.ledger.sync.refused import forget_refused, keep_refused, kept_where_refused
from gitgates.ledger.sync.unshared import Mine, unshared
from gitgates.store.ancestry import is_ancestor
from gitgates.store.places import refuse_other_place
from gitgates.store.refs import RefUpdate, pause, update_refs
from gitgates.store.remotes import remote_of
from gitgates.store.repository import Repository

OpenLedger = Callable[[], Ledger]
Clock = Callable[[], datetime]

_LONGEST = timedelta(minutes=5)
"""How long to try again where others are faster every time."""
_FUTILE = 8
"""Tries in a row after which nobody is faster: the remote stands where it stood, and something else is in the way."""


@attrs.define
class _SoFar:
    """What came of all tries together.

    Attributes:
        received: the folders of records that came, by id.
        sent: ids of records that went, in order.
        remote: what the remote had at the last try.
        tries: how many there were.
        futile: how many of the last ones found the remote unmoved.
    """

    received: dict[str, str] = attrs.Factory(dict)
    sent: dict[str, None] = attrs.Factory(dict)
    remote: tuple[str | None, dict[str, str]] | None = None
    tries: int = 0
    futile: int = 0

    def fetched(self, incoming: Incoming) -> None:
        """Take notice of a try."""
        there = (incoming.tip, dict(incoming.notes))
        self.futile = self.futile + 1 if there == self.remote else 0
        self.remote = there
        self.tries += 1


def sync(open_ledger: OpenLedger, clock: Clock, options: Options, write: Write | None = None) -> Synced:
    """Bring this clone's ledger and a remote's together.

    Args:
        open_ledger: opens the ledger; called again where somebody was faster.
        write: appends a policy or an endorsement to the ledger that it is given, which is on top of what the remote
            has. It counts here only after the remote took it, and is made anew where somebody was faster: two policies
            that follow the same one would leave none in force.

    Raises:
        UsageError: there is no remote, or the remote lacks a branch that holds code as well.
        CannotDecide: the remote has lost records, has another ledger, or policies were made on both sides.
        RemoteUnreachable, PushRefused: see `store.remotes`.
        RefMoved: others were faster every time, or a lock keeps a ref from moving.
    """
    end = clock() + _LONGEST
    so_far = _SoFar()
    while True:
        try:
            with open_ledger() as ledger:
                done = _once(ledger, clock(), options, so_far, write)
        except RefLocked:  # it was waited for
            raise
        except RefMoved:
            if clock() > end or so_far.futile >= _FUTILE:
                raise
            pause(so_far.tries)
        else:
            if so_far.received:
                index_received(open_ledger, clock(), so_far.received.values())
            return done


def refuse_shallow(ledger: Ledger) -> None:
    """Raise CannotDecide in a clone that cannot tell what the commits of a branch did."""
    # What was refused before is no obstacle here: sync holds the remote against it, and finds out what became of it.
    for first in clone_obstacles(ledger.repository, attrs.evolve(ledger.location, refused=())):
        raise CannotDecide(first.cause, first.text, remedy=first.remedy)


def _once(ledger: Ledger, now: datetime, options: Options, so_far: _SoFar, write: Write | None) -> Synced:
    refuse_shallow(ledger)
    repository, branch = ledger.repository, ledger.location.branch
    remote = _remote(repository, branch, options.remote)
    if options.push_follows or not options.fetch_only:
        refuse_other_place(repository, remote)
    with fetched(repository, remote, branch, options.on_progress, left_branches(ledger)) as incoming:
        so_far.fetched(incoming)
        with kept_where_refused(ledger, incoming, now):
            before, ledger = ledger, with_left(ledger, incoming, fetch_only=options.fetch_only)
            lost = _refuse(ledger, incoming, options)
            joined = with_tip(ledger, incoming)
            so_far.received |= _received(before, incoming)
        if lost:  # until it has them back
            keep_refused(before, incoming)
        else:
            _keep(repository, incoming, incoming.tip)
        note_fetched(repository, remote, branch, now)
        if branch not in ledger_branches(joined.chain):
            _start_again_on(ledger_branch(joined.chain), repository, remote, options)
        done = Synced(remote, branch, received=tuple(so_far.received))
        mine = _mine(joined, incoming, lost)
        unreadable = join_index(joined, incoming, now)
        if options.fetch_only:
            if not lost:
                forget_refused(ledger, incoming)
            if options.push_follows:
                _to_push(joined, incoming, mine, now, write)  # what it makes goes with the refs of this command
            return attrs.evolve(done, unshared=len(mine.records))
        commit = _to_push(joined, incoming, mine, now, write)
        refused = push_branch_and_index(joined, incoming, commit, unreadable, options.on_progress)
        so_far.sent |= dict.fromkeys(_sent(joined, incoming, mine, commit))
        return attrs.evolve(
            done,
            sent=tuple(so_far.sent),
            restored=tuple(one.path for one in lost),
            foreign=() if commit in joined.location.commits else mine.foreign,
            index_refused=refused,
            stayed=_follow(joined, incoming, commit or incoming.tip, mine, now),
        )


def _start_again_on(branch: str, repository: Repository, remote: str, options: Options) -> NoReturn:
    """Have the next try be on the branch that the ledger moved to."""
    with fetched(repository, remote, branch, options.on_progress) as there:
        if there.held is None:  # else it is held against what was seen there once it is read
            _keep(repository, there, there.tip)
    raise RefMoved(f"the ledger moved to the branch {branch}", remedy="Run it again")


def _remote(repository: Repository, branch: str, named: str | None) -> str:
    """Return the remote to sync with: a name, since what was seen there is kept under it."""
    remote = named or remote_of(repository, branch)
    if remote is None:
        raise UsageError("this repository has no remote", remedy="Add one with `git remote add origin URL`")
    if remote not in repository.config.subsections("remote"):
        text = f"this repository has no remote called {remote!r}"
        raise UsageError(text, remedy="Add it with `git remote add NAME URL`, and sync with that name")
    return remote


def _refuse(ledger: Ledger, incoming: Incoming, options: Options) -> tuple[Lost, ...]:
    """Return what the remote has lost, where it is to be restored and can be; raise for any other remote that may not
    be joined with.
    """
    refuse_other_root(ledger, incoming)
    lost = losses(ledger, incoming)
    if not options.restore:
        refuse_losses(incoming, lost)
    refuse_unrestorable(lost)
    return lost


def _received(ledger: Ledger, incoming: Incoming) -> dict[str, str]:
    found: dict[str, str] = {}
    for tip in (incoming.tip, *(one.tip for one in incoming.left)):
        if tip is not None:
            found |= new_records(ledger.repository, ledger.location.commits, tip)
    return found


def _mine(ledger: Ledger, incoming: Incoming, lost: tuple[Lost, ...]) -> Mine:
    commits = ledger.location.commits
    mine = unshared(ledger, incoming.tip or commits[0], commits)
    return attrs.evolve(mine, lost={path: blob for one in lost for path, blob in one.blobs.items()})


def _to_push(ledger: Ledger, incoming: Incoming, mine: Mine, now: datetime, write: Write | None) -> str | None:
    if write is None:
        refuse_fork(ledger, incoming)
    commit = commit_to_push(ledger, incoming, mine, now)
    return commit if write is None else written_on_top(ledger, incoming, commit or incoming.tip, write)


def _sent(ledger: Ledger, incoming: Incoming, mine: Mine, commit: str | None) -> tuple[str, ...]:
    if commit is None:
        return ()
    return record_ids(ledger.repository, commit) if incoming.tip is None else tuple(one.id for one in mine.records)


def _keep(repository: Repository, incoming: Incoming, commit: str | None) -> None:
    """Keep what the remote has as what this clone has seen there; RefMoved where another command has seen more."""
    if commit not in (None, incoming.held):
        update_refs(repository, [RefUpdate(incoming.fetched_ref, commit, incoming.held)], "gitgates: sync")


def _follow(ledger: Ledger, incoming: Incoming, commit: str | None, mine: Mine, now: datetime) -> str:
    """Take what was pushed for what this clone has seen, and as its branch; return why the branch had to stay.

    The remote has it by now. So nothing that goes wrong here may undo it, or have it made again.
    """
    if commit is None:
        return ""
    try:
        repository, ref = ledger.repository, incoming.fetched_ref
        held = repository.refs(ref).get(ref)
        if held != commit and (held in (None, incoming.held) or is_ancestor(repository, str(held), commit)):
            update_refs(repository, [RefUpdate(ref, commit, held)], "gitgates: sync")
        forget_refused(ledger, incoming)
        follow(ledger, incoming, commit, mine, now)
    except StoreError as error:
        return error.message
    return ""
