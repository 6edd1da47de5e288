"""The commit to be pushed: all that the remote has, and all that this clone has and the remote lacks.

It is made on the remote's tip under a ref of this command alone. This clone's branch follows after the push was taken:
where somebody else is faster, nothing has to be taken back.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

import attrs

from gitgates.errors import CannotDecide, UsageError
from gitgates.ledger.folders import folder_entries
from gitgates.ledger.opening import load_policies
from gitgates.ledger.pin import Pin
from gitgates.ledger.policy_files import policy_message, texts_of
from gitgates.ledger.reading import Ledger
from gitgates.ledger.sync.incoming import Incoming
from gitgates.ledger.sync.losses import refuse_own_losses
from gitgates.ledger.sync.unshared import Mine, Unshared
from gitgates.ledger.writing import commit_message
from gitgates.model.entries import VersionEntry
from gitgates.model.paths import LEDGER_FOLDER, SIGNATURE_SUFFIX
from gitgates.store.ancestry import is_ancestor
from gitgates.store.append import Change, Tip, append_all
from gitgates.store.comparing import only_touch
from gitgates.store.grow import Content, StoredBlob
from gitgates.store.refs import RefUpdate, update_refs
from gitgates.store.repository import Identity

Write = Callable[[Ledger], None]
"""Appends a policy or an endorsement to a ledger."""

_BY = Identity("gitgates", "gitgates")


def is_dedicated(ledger: Ledger, *commits: str | None) -> bool:
    """Tell whether the branch holds the ledger alone, in each of `commits`, so that no code is moved with it."""
    return all(
        entry.name == LEDGER_FOLDER.encode()
        for commit in commits
        if commit is not None
        for entry in folder_entries(ledger.reader, commit, "") or ()
    )


def refuse_fork(ledger: Ledger, incoming: Incoming) -> None:
    """Raise CannotDecide where a policy of this clone, not shared yet, was overtaken by another one on the remote.

    Shared, it would leave nobody with a policy in force.
    """
    heads = ledger.chain.heads()
    if len(heads) < 2 or ledger.chain.adopted is not None or incoming.tip is None:
        return
    pin = Pin(ledger.root, None, "this clone")
    _, theirs = load_policies(ledger.repository, ledger.reader, pin, [incoming.tip])
    mine = sorted(set(heads) - theirs.chain.accepted.keys())
    if mine and len(theirs.chain.heads()) == 1:
        other = theirs.chain.heads()[0]
        raise CannotDecide(
            "fork",
            f"the policy {mine[0]} of this clone and {other} on {incoming.remote} follow the same one; shared, they "
            "would leave no policy in force",
            remedy='As an admin, join both in one policy, see "Two policies at once" in docs/how-to/sync.md: '
            "`gitgates policy propose --push --policy FILE --signers FILE`",
        )


def commit_to_push(ledger: Ledger, incoming: Incoming, mine: Mine, now: datetime) -> str | None:
    """Return the commit that the remote's branch shall move to, None where it has everything.

    Raises:
        UsageError: the remote does not have the branch, and it holds code.
        CannotDecide: this clone's branch lacks records that the remote has.
    """
    local = _local(ledger)
    if incoming.tip is None:
        return _first(ledger, incoming, mine, now)
    dedicated = is_dedicated(ledger, local, incoming.tip)
    if local is not None and _descends(ledger, local, incoming.tip, dedicated=dedicated):
        refuse_own_losses(ledger, incoming, local)
        if not _extra(ledger, local) and _has(ledger, local, mine.lost):
            return None if local == incoming.tip else local
    parents: tuple[str, ...] = ()
    if dedicated and local is not None and not is_ancestor(ledger.repository, local, incoming.tip):
        parents = (local,)
    return _made(ledger, incoming, mine, parents, now) if mine.files or parents else None


def _first(ledger: Ledger, incoming: Incoming, mine: Mine, now: datetime) -> str:
    """Return the commit with which the remote gets the branch: where `mine` is measured from, and `mine` on top."""
    base = ledger.location.commit
    if not is_dedicated(ledger, base):
        name = incoming.branch.removeprefix("refs/heads/")
        raise UsageError(
            f"{incoming.remote} has no branch {name}, which holds your code as well as the ledger",
            remedy=f"Push it yourself first: `git push -u {incoming.remote} {name}`",
        )
    return _made(ledger, attrs.evolve(incoming, tip=base), mine, (), now) if mine.files else base


def _has(ledger: Ledger, commit: str, blobs: Mapping[str, str]) -> bool:
    """Tell whether a commit has these blobs at these paths."""
    found = ((ledger.reader.get(f"{commit}:{path}", limit=0), blob) for path, blob in blobs.items())
    return all(one is not None and one.id == blob for one, blob in found)


def written_on_top(ledger: Ledger, incoming: Incoming, base: str | None, write: Write) -> str:
    """Have `write` append to `base` under a ref of this command, and return what comes of it."""
    if base is None:
        raise AssertionError("unreachable: what the remote lacks altogether is pushed whole")
    repository, ref = ledger.repository, f"{incoming.scratch}/policy"
    update_refs(repository, [RefUpdate(ref, base, repository.refs(ref).get(ref))], "gitgates: sync")
    location = ledger.location
    others = ((location.ref, location.commit), *location.others)
    # The remote was held against what was refused before, so that keeps nobody from writing.
    on_top = attrs.evolve(location, ref=ref, commit=base, others=others, home="", refused=())
    write(Ledger(repository, ledger.reader, on_top, ledger.root, ledger.pin, ledger.policies))
    return repository.refs(ref)[ref]


def _local(ledger: Ledger) -> str | None:
    branch = ledger.location.branch
    return ledger.repository.refs(branch).get(branch)


def _descends(ledger: Ledger, local: str, tip: str, *, dedicated: bool) -> bool:
    """Tell whether this clone's branch itself can be pushed: then both are the same afterwards."""
    if not is_ancestor(ledger.repository, tip, local):
        return False
    return dedicated or only_touch(ledger.repository, tip, local, LEDGER_FOLDER)


def _extra(ledger: Ledger, local: str) -> bool:
    """Tell whether another copy of the branch in this clone has records that its own branch lacks."""
    return any(not is_ancestor(ledger.repository, commit, local) for _, commit in ledger.location.others)


def _made(ledger: Ledger, incoming: Incoming, mine: Mine, parents: tuple[str, ...], now: datetime) -> str:
    """Make the commits under a ref of this command, and return the last one."""
    repository = ledger.repository
    ref = f"{incoming.scratch}/out"
    held = repository.refs(ref).get(ref)
    update_refs(repository, [RefUpdate(ref, incoming.tip, held)], "gitgates: sync")
    changes = [_merge(ledger, mine, parents, incoming)] if parents else _one_by_one(ledger, mine)
    identity, seconds = repository.identity(_BY), int(now.timestamp())

    def plan(_: Tip) -> list[Change]:
        return changes

    done = append_all(repository, ref, plan, identity=identity, seconds=seconds)
    if done.commit is None:
        raise AssertionError("unreachable: the ref was just made")
    return done.commit


def _merge(ledger: Ledger, mine: Mine, parents: tuple[str, ...], incoming: Incoming) -> Change:
    texts = texts_of(ledger.chain)
    files: dict[str, Content] = {**{path: StoredBlob(blob) for path, blob in mine.files.items()}, **texts}
    message = f"gates: sync {len(mine.records)} record(s) with {incoming.remote}\n\n" + "".join(
        f"Gates-Record: {one.id}\n" for one in mine.records
    )
    return Change(files, message, replace=frozenset(files), parents=parents)


def _one_by_one(ledger: Ledger, mine: Mine) -> list[Change]:
    """Return one change for each record, with the message that it was appended with, so that `git log` stays whole."""
    texts = texts_of(ledger.chain)
    changes = []
    for number, one in enumerate(mine.records):
        files: dict[str, Content] = {path: StoredBlob(blob) for path, blob in one.files.items()}
        if number == 0:
            files |= {path: StoredBlob(blob) for path, blob in mine.others.items()}
        if not isinstance(one.record, VersionEntry):
            files |= texts
        changes.append(Change(files, _message(one), replace=frozenset(files)))
    if mine.others and not mine.records:
        others: dict[str, Content] = {path: StoredBlob(blob) for path, blob in mine.others.items()}
        changes.append(Change(others, "gates: sync seals and files for people\n", replace=frozenset(others)))
    if mine.lost:
        back: dict[str, Content] = {path: StoredBlob(blob) for path, blob in mine.lost.items()}
        names = [path for path in mine.lost if not path.endswith(SIGNATURE_SUFFIX)]
        message = f"gates: restore {len(names)} record(s)\n\n" + "".join(f"Gates-Restored: {one}\n" for one in names)
        changes.append(Change(back, message, replace=frozenset(back)))
    return changes


def _message(one: Unshared) -> str:
    record = one.record
    if isinstance(record, VersionEntry):
        return commit_message(one.id, record)
    return policy_message(record.kind, one.id, record.author, ())
