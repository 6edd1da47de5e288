"""Whether a remote still has what this clone has seen there."""

from collections.abc import Sequence

import attrs

from gitgates.codec.records import record_id
from gitgates.errors import CannotDecide
from gitgates.ledger.continuity import Lost, lost_records
from gitgates.ledger.files import POLICY_LIMIT, RECORD_LIMIT
from gitgates.ledger.folders import folder_entries
from gitgates.ledger.locate import Location
from gitgates.ledger.opening import load_policies
from gitgates.ledger.pin import Pin
from gitgates.ledger.policies import SEAL_LIMIT, SEAL_SUFFIX
from gitgates.ledger.reading import Ledger
from gitgates.ledger.sync.incoming import Incoming
from gitgates.model.paths import LEDGER_FOLDER, POLICY_FOLDER, id_in_name
from gitgates.store.ancestry import is_ancestor
from gitgates.store.comparing import differences
from gitgates.store.history import removals
from gitgates.store.trees import TreeEntry

_SHOWN = 5

_Gone = dict[str, list[tuple[TreeEntry, str]]]
"""By folder, files that were there, each with the commit that took it away, or ""."""


def refuse_other_root(ledger: Ledger, incoming: Incoming) -> None:
    """Raise CannotDecide where the remote's branch has a ledger, and not this one."""
    if incoming.tip is None:
        return
    entries = folder_entries(ledger.reader, incoming.tip, POLICY_FOLDER) or ()
    ids = {id_in_name(entry.name.decode("utf-8", "replace")) for entry in entries} - {None}
    if ids and ledger.root not in ids and not ids & ledger.chain.accepted.keys():
        raise CannotDecide(
            "fork",
            f"{incoming.remote} has a ledger on {incoming.branch.removeprefix('refs/heads/')} that does not begin with "
            f"the root {ledger.root}",
            remedy="Two ledgers cannot be joined: find out which one your colleagues use, and clone that",
        )


def losses(ledger: Ledger, incoming: Incoming) -> tuple[Lost, ...]:
    """Return the records and seals that the remote had when this clone looked last, or since, and has no more.

    Raises:
        StoreError: the history between cannot be read.
        CannotDecide: a tree or a policy there cannot be read.
    """
    tip, seen = incoming.tip, incoming.seen
    refused = tuple({*incoming.refused.values()} - {one.tip for one in incoming.left})  # those are to be sent
    if tip is not None:  # what this clone has of the branch was there, or is new: it may not be gone from what follows
        own = (commit for commit in ledger.location.commits if is_ancestor(ledger.repository, commit, tip))
        seen = tuple(dict.fromkeys((*seen, *own)))
    if not refused and (tip is None or not seen or set(seen) == {tip}):
        return ()
    if tip is None:  # the branch is made anew, from this
        tip, seen = ledger.location.commit, ()
    gone: _Gone = {}
    # What was refused hides no removal: the records that it took away are missed, and so are those that it brought.
    for removal in removals(ledger.repository, seen or ledger.location.commits, (tip, *refused), (LEDGER_FOLDER,)):
        gone.setdefault(removal.folder, []).append((removal.entry, removal.commit))
    for commit in dict.fromkeys((*seen, *refused)):
        _add_differences(ledger, commit, tip, gone)
    return _lost(_joined(ledger, Location(tip, tip), tip, *refused), gone) if gone else ()


def refuse_own_losses(ledger: Ledger, incoming: Incoming, commit: str) -> None:
    """Raise CannotDecide where `commit`, which the remote's branch would move to, lacks records that are there."""
    gone: _Gone = {}
    if incoming.tip is not None:
        _add_differences(ledger, incoming.tip, commit, gone)
    lost = _lost(_joined(ledger, Location(commit, commit), commit), gone) if gone else ()
    if lost:
        name = incoming.branch.removeprefix("refs/heads/")
        text = f"the branch {name} of this clone has lost {len(lost)} record(s) that {incoming.remote} has: "
        remedy = "Bring back what is gone: `gitgates doctor --restore`; then run `gitgates sync` again"
        raise CannotDecide("incomplete", text + _names(lost), remedy=remedy)


def _add_differences(ledger: Ledger, before: str, after: str, gone: "_Gone") -> None:
    if before == after:
        return
    for difference in differences(ledger.repository, before, after, LEDGER_FOLDER):
        if difference.before is not None:
            gone.setdefault(difference.folder, []).append((difference.before, ""))


def with_tip(ledger: Ledger, incoming: Incoming) -> Ledger:
    """Return the ledger with what the remote has as a further tip; it shares the git process."""
    if incoming.tip is None or incoming.tip in ledger.location.commits:
        return ledger
    others = (*ledger.location.others, (incoming.fetched_ref, incoming.tip))
    return _joined(ledger, attrs.evolve(ledger.location, others=others), incoming.tip)


def _joined(ledger: Ledger, location: Location, *tips: str) -> Ledger:
    """Return the ledger at `location`, judged by all policies that are known and those of `tips`."""
    pin = Pin(ledger.root, None if ledger.pin is None else ledger.pin.adopted, "this clone")
    _, policies = load_policies(ledger.repository, ledger.reader, pin, (*ledger.location.commits, *tips))
    return Ledger(ledger.repository, ledger.reader, location, ledger.root, pin, policies)


def _lost(there: Ledger, gone: _Gone) -> tuple[Lost, ...]:
    found: list[Lost] = []
    for folder, before in sorted(gone.items()):
        now = there.entries(folder) or ()
        limit = POLICY_LIMIT if folder == POLICY_FOLDER else RECORD_LIMIT
        found += lost_records(there.reader, folder, before, now, there.was_record, limit)
        if folder == POLICY_FOLDER:
            found += _lost_seals(there, before, now)
    return tuple(found)


def _lost_seals(there: Ledger, before: Sequence[tuple[TreeEntry, str]], now: tuple[TreeEntry, ...]) -> list[Lost]:
    named = {f"{signed.record.seal}{SEAL_SUFFIX}".encode() for signed in there.chain.accepted.values()}
    lost = {entry.name: (entry, commit) for entry, commit in before if entry.name in named and entry not in now}
    return [
        Lost(f"{POLICY_FOLDER}/{name.decode('ascii')}", entry.id, None, commit)
        for name, (entry, commit) in sorted(lost.items())
        if _has_digest(there, entry, name)
    ]


def _has_digest(there: Ledger, entry: TreeEntry, name: bytes) -> bool:
    found = there.reader.get(entry.id, limit=SEAL_LIMIT)
    return found is not None and record_id(found.data) == name.decode("ascii").removesuffix(SEAL_SUFFIX)


def refuse_losses(incoming: Incoming, lost: tuple[Lost, ...]) -> None:
    """Raise CannotDecide where the remote has lost `lost`, or the whole branch."""
    remote, remedy = incoming.remote, "Bring it back with `gitgates sync --restore`, and find out who took it away"
    if incoming.tip is None and (incoming.seen or incoming.refused):
        name = incoming.branch.removeprefix("refs/heads/")
        text = f"{remote} has lost the branch {name}, which this clone has seen there"
        raise CannotDecide("incomplete", text, remedy=remedy)
    if lost:
        text = f"{remote} has lost {len(lost)} record(s) that this clone has seen there: {_names(lost)}"
        raise CannotDecide("incomplete", text, remedy=remedy)


def refuse_unrestorable(lost: tuple[Lost, ...]) -> None:
    """Raise CannotDecide where this clone does not have the bytes of one of `lost`."""
    lacking = tuple(one for one in lost if one.record is None)
    if lacking:
        text = f"this clone does not have the bytes of {_names(lacking)}"
        raise CannotDecide("incomplete", text, remedy="Run `gitgates sync --restore` in a clone that has them")


def _names(lost: tuple[Lost, ...]) -> str:
    shown = ", ".join(one.path.rpartition("/")[2] for one in lost[:_SHOWN])
    return f"{shown} and {len(lost) - _SHOWN} more" if len(lost) > _SHOWN else shown
