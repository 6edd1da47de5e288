"""Refs beside the ledger's branch that a push may not do everything to."""

from collections.abc import Iterator

from gitgates.errors import GitgatesError
from gitgates.ledger.receiving.changes import RefChange, Refusal, unreadable
from gitgates.store.ancestry import is_ancestor
from gitgates.store.objects import ObjectReader
from gitgates.store.repository import Repository

_OWN = "refs/gitgates"
_INDEX = "refs/notes/gates"
_REPLACE = "refs/replace"


def refuse_ref(repository: Repository, reader: ObjectReader, change: RefChange) -> Iterator[Refusal]:
    """Yield what is wrong with a push to a ref that is no branch.

    `refs/gitgates/` holds what one clone knows. Of `refs/replace/` only deletion is taken: what it holds would show
    other objects than the ids name to whoever reads with plain git. Notes of the index go forward only; what they say
    decides nothing and is not read.
    """
    if _lies_at(change.ref, _OWN):
        yield change.refused("", "these refs belong to one clone and are never pushed", "Leave the ref out of the push")
    elif _lies_at(change.ref, _REPLACE) and change.new is not None:
        text = "a replacement would show other records than were signed"
        yield change.refused("", text, "Leave the ref out of the push, and delete it with `git replace -d`")
    elif _lies_at(change.ref, _INDEX):
        try:
            yield from _refuse_notes(repository, reader, change)
        except GitgatesError as error:
            yield change.undecided(unreadable(error))


def _lies_at(ref: str, folder: str) -> bool:
    return ref == folder or ref.startswith(f"{folder}/")


def _refuse_notes(repository: Repository, reader: ObjectReader, change: RefChange) -> Iterator[Refusal]:
    if change.new is None:
        yield change.refused("", "the index cannot be deleted", "Rebuild it with `gitgates reindex` and push that")
        return
    if change.ref == _INDEX:
        yield change.refused("", "this ref would leave no room for the index", "Leave the ref out of the push")
        return
    found = reader.get(change.new, limit=0)
    if found is None or found.type != "commit":
        yield change.refused("", "the index is made of commits, this is none", "Run `gitgates reindex`")
        return
    if change.old is not None and not is_ancestor(repository, change.old, change.new):
        remedy = (
            f"Fetch it with `git fetch origin {change.ref}`, merge with "
            f"`git notes --ref {change.ref} merge -s cat_sort_uniq FETCH_HEAD`, and push without force"
        )
        yield change.refused("", "this would rewind or rewrite the index", remedy)
        return
    from gitgates.ledger.receiving.trees import largest_new_blob  # brings all kinds of records along
    from gitgates.store.notes_walk import MAX_NOTE_BYTES

    if largest_new_blob(reader, change.old, change.new) > MAX_NOTE_BYTES:
        yield change.refused("", f"a note has more than {MAX_NOTE_BYTES} bytes", "Run `gitgates reindex`")
