"""Whether a push touches a ledger at all: most are about code, and must not wait for anything else to be read."""

from collections.abc import Sequence

from gitgates.errors import CannotDecide, GitError, StoreError
from gitgates.ledger.receiving.changes import RefChange, unreadable
from gitgates.store.ancestry import is_ancestor
from gitgates.store.brought import deepest_folder
from gitgates.store.history import removals
from gitgates.store.objects import ObjectReader
from gitgates.store.repository import LEDGER_FOLDER, Repository
from gitgates.store.trees import TreeEntry, is_in_order, raw_entries

_DEEPEST = 8


def top_entries(reader: ObjectReader, commit: str) -> tuple[TreeEntry, ...]:
    """Return the entries of a commit's top folder, with modes as the tree spells them; CannotDecide if unreadable."""
    try:
        tree = reader.require(f"{commit}^{{tree}}", "tree")
        return raw_entries(tree.data, len(tree.id) // 2)
    except StoreError as error:
        raise CannotDecide("unreadable", error.message, remedy=error.remedy) from None


def near_ledger(entries: tuple[TreeEntry, ...]) -> tuple[TreeEntry, ...]:
    """Return the entries of a top folder that are the ledger's, or that some program could take for it."""
    wanted = LEDGER_FOLDER.encode()
    return tuple(entry for entry in entries if entry.name.lower().partition(b"/")[0] == wanted)


def too_deep(repository: Repository, since: Sequence[str], commit: str) -> str:
    """Return a folder of new commits that lies deeper than any that somebody adds by mistake, "" where there is none.

    Asked before anything else is: a few trees, each several times in the next, describe more files than git can list.
    """
    path = deepest_folder(repository, since, commit, LEDGER_FOLDER)
    return path if path.count("/") > _DEEPEST else ""


def leaves_ledger_alone(repository: Repository, reader: ObjectReader, change: RefChange) -> bool:
    """Tell without reading any record that a push to a branch neither changes, deletes nor rewinds a ledger.

    That is so where there is none before and after, or the same one in a history that took nothing away on its way, and
    it was not alone on its branch until now.

    Raises:
        CannotDecide: a tree or the history cannot be read.
    """
    tops = [top_entries(reader, commit) if commit else () for commit in (change.old, change.new)]
    before, after = map(near_ledger, tops)
    if not before and not after:
        return True
    if before != after or change.old is None or change.new is None or not is_in_order(tops[1]):
        return False
    if len(tops[0]) == len(before) and len(tops[1]) > len(after):  # code comes to where the ledger was alone
        return False
    try:
        if not is_ancestor(repository, change.old, change.new) or too_deep(repository, (change.old,), change.new):
            return False
        return not removals(repository, (change.old,), (change.new,), (LEDGER_FOLDER,))
    except GitError as error:
        raise unreadable(error) from None
