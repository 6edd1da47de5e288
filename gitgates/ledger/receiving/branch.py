"""A push to the ledger's branch: what it keeps, then its policies, then its records under these."""

from collections.abc import Iterator, Sequence

from gitgates.errors import CannotDecide, StoreError
from gitgates.ledger.reading import Ledger
from gitgates.ledger.receiving.changes import RefChange, Refusal, unreadable
from gitgates.ledger.receiving.kept import BRING_BACK, Kept, removed_on_the_way
from gitgates.ledger.receiving.layout import PEOPLE_FILES, TAKE_OUT, refuse_code, refuse_entries, refuse_top
from gitgates.ledger.receiving.passing import refuse_passing
from gitgates.ledger.receiving.policies import PolicyCheck, refuse_people_files
from gitgates.ledger.receiving.records import refuse_records
from gitgates.ledger.receiving.server import Server
from gitgates.ledger.receiving.touching import near_ledger, too_deep, top_entries
from gitgates.ledger.receiving.trees import ChangedFolder, changed_folders
from gitgates.model.frozen import frozen
from gitgates.model.paths import LEDGER_FOLDER, POLICY_FOLDER
from gitgates.store.ancestry import is_ancestor
from gitgates.store.trees import TreeEntry, is_in_order

MAX_TEXT_BYTES = 64 * 1024
"""Bytes of README.md and the like: people read them, nothing else does."""
_SHOWN = 80
"""Characters of a path that nobody would read to its end."""
_REMEDY_REWIND = "Merge instead: `git pull --no-rebase`, then push without force"


@frozen
class Judged:
    """What came of a push to the ledger's branch.

    Attributes:
        after: the ledger as it would be, None where it cannot be read.
    """

    refusals: tuple[Refusal, ...]
    after: Ledger | None = None


def _holds_the_ledger_alone(top: tuple[TreeEntry, ...]) -> bool:
    return all(entry.name == LEDGER_FOLDER.encode() for entry in top)


def judge_branch(server: Server, change: RefChange, before: Sequence[Ledger], copies: Sequence[Ledger] = ()) -> Judged:
    """Return what is wrong with a push to the branch that the ledger lives on, or moves to.

    1. The branch is neither deleted nor rewound.
    2. The trees hold nothing that does not belong there, those of commits on the way included, and no entry that
       programs read in different ways.
    3. Every record that was there is there, and none was taken away on the way, through all parents of merges.
    4. New policies are signed by admins of those that they follow, endorsements likewise, and do not fork.
    5. New records are authentic, count under these policies, and what they follow is there.

    Args:
        before: the ledger as it is; none for the first push.
        copies: what the branch has of it already, where the ledger moves there: nobody has judged that yet.
    """
    if change.new is None:
        remedy = "Records must never go; to move the ledger, have an admin change `ledger_branch` in the policy"
        return Judged((change.refused("", "the ledger lives on this branch; it cannot be deleted", remedy),))
    if server.repository.is_shallow:
        text = "the repository on the server is shallow: what a push takes away cannot be told"
        return Judged((change.undecided(CannotDecide("shallow", text, remedy="Run `git fetch --unshallow` there")),))
    try:
        refusal = _beyond_reading(server, change, change.new, before)
        if refusal is not None:
            return Judged((refusal,))
        after = server.ledger_at(change.ref, change.new, before[0].root if before else None)
        return Judged(tuple(_refusals(server, change, before, copies, after)), after)
    except (CannotDecide, StoreError) as error:
        return Judged((change.undecided(unreadable(error)),))


def _since(change: RefChange, before: Sequence[Ledger]) -> tuple[str, ...]:
    """Return the commits whose history is no news to the server's ledger."""
    return tuple(filter(None, (*(ledger.location.commit for ledger in before), change.old)))


def _beyond_reading(server: Server, change: RefChange, new: str, before: Sequence[Ledger]) -> Refusal | None:
    """Return why it makes no sense to read what a push brings, None where it does."""
    if change.old is not None and not is_ancestor(server.repository, change.old, new):
        return change.refused("", "this would rewind or rewrite the ledger's branch", _REMEDY_REWIND)
    deep = too_deep(server.repository, _since(change, before), new)
    if deep:
        text = "no ledger has folders as deep as the pushed commits bring them"
        return change.refused(f"{deep[:_SHOWN]}…", text, TAKE_OUT)
    if before and not server.has_root(new, before[0].root):
        return change.refused(POLICY_FOLDER, f"the root policy {before[0].root} would be deleted", BRING_BACK)
    return None


def _refusals(
    server: Server, change: RefChange, before: Sequence[Ledger], copies: Sequence[Ledger], after: Ledger
) -> Iterator[Refusal]:
    commits = tuple(ledger.location.commit for ledger in before)
    top = top_entries(server.reader, after.location.commit)
    yield from refuse_top(change, near_ledger(top), is_in_order(top))
    alone = all(_holds_the_ledger_alone(top_entries(server.reader, commit)) for commit in commits)
    if commits and alone and change.ref != server.repository.head().ref:  # code may still come to the main branch
        yield from refuse_code(change, top)
    changed = changed_folders(server.reader, commits, after.location.commit)
    for folder in changed:
        yield from refuse_entries(change, folder, server.repository.object_format)
    since = _since(change, before)
    yield from refuse_passing(server.repository, change, since, before, after)
    on_the_way = removed_on_the_way(server.repository, since, after.location.commit)
    others = tuple(copy.location.commit for copy in copies)
    left = changed_folders(server.reader, others, after.location.commit) if others else ()
    yield from Kept(change, after, (*before, *copies)).refusals((*changed, *left), on_the_way)
    by_path = {folder.path: folder for folder in changed}
    if POLICY_FOLDER in by_path:
        yield from PolicyCheck(change, after, before, by_path[POLICY_FOLDER]).refusals()
    if LEDGER_FOLDER in by_path:
        yield from refuse_people_files(change, after, by_path[LEDGER_FOLDER])
        yield from _refuse_large(server, change, by_path[LEDGER_FOLDER])
    for folder in changed:
        yield from refuse_records(change, after, folder, server.now)


def _refuse_large(server: Server, change: RefChange, folder: ChangedFolder) -> Iterator[Refusal]:
    for entry in folder.added:
        if entry.is_folder or entry.name in PEOPLE_FILES:  # these are compared with the policy's own text
            continue
        found = server.reader.get(entry.id, limit=0)
        if found is not None and found.size > MAX_TEXT_BYTES:
            path = f"{folder.path}/{entry.name.decode('utf-8', 'replace')}"
            yield change.refused(path, f"it has more than {MAX_TEXT_BYTES} bytes", "Shorten it")
