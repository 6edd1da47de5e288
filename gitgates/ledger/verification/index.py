"""The index of one model against its records, in memory that does not grow with the records.

For each note the lines that should be there are added up as keyed hashes, and so are those that are there. Where both
sums agree, so do the lines; only notes that differ are read line by line.
"""

import os
from collections.abc import Callable, Collection, Iterator
from hashlib import blake2b

from gitgates.errors import StoreError
from gitgates.ledger.index import notes_ref
from gitgates.ledger.reading import Ledger
from gitgates.ledger.verification.findings import Finding, notice, warning
from gitgates.store.append import NoteLines
from gitgates.store.notes import find_note
from gitgates.store.notes_walk import MAX_NOTE_BYTES, all_notes

_REMEDY = "Run `gitgates reindex`; the index decides nothing"
_DETAILED = 64
"""Notes of a model whose lines are told apart; of more, only the number is told."""

LinesOf = Callable[[Collection[str]], dict[str, set[str]]]
"""Returns the lines that should be in the notes on these objects."""


class LineSums:
    """Per object the number of lines of its note, and the sum of their hashes: equal sums, equal lines."""

    def __init__(self) -> None:
        """Start empty, with a key of its own: nobody can make up lines that cancel out."""
        self._key = os.urandom(16)
        self.sums: dict[str, tuple[int, int]] = {}

    def add(self, note: NoteLines) -> None:
        """Add lines that should be there."""
        count, total = self.sums.get(note.object_id, (0, 0))
        for line in note.lines:
            total += self._hash(line.encode("utf-8"))
        self.sums[note.object_id] = (count + len(note.lines), total)

    def of(self, data: bytes) -> tuple[int, int]:
        """Return the sum of a note that is there."""
        lines = [line for line in data.split(b"\n") if line]
        return len(lines), sum(map(self._hash, lines))

    def _hash(self, line: bytes) -> int:
        return int.from_bytes(blake2b(line, digest_size=16, key=self._key).digest(), "big")


def index_findings(ledger: Ledger, model: str, expected: LineSums, lines_of: LinesOf) -> Iterator[Finding]:
    """Yield where the notes of `model` differ from the lines that its records make."""
    ref = notes_ref(model)
    try:
        tree = ledger.reader.get(f"{ref}^{{tree}}") if ledger.reader.get(ref) else None
        if tree is None:
            if expected.sums:
                yield notice(ref, "index", f"{model} has no index here; a clone does not bring it", _REMEDY)
            return
        differing = _differing(ledger, tree.id, expected)
        yield from _told(ledger, ref, tree.id, differing, lines_of)
    except StoreError as problem:
        yield warning(ref, "index", f"the index cannot be read: {problem.message}", _REMEDY)


def _differing(ledger: Ledger, tree_id: str, expected: LineSums) -> set[str]:
    waiting = dict(expected.sums)
    differing = set()
    for object_id, data in all_notes(ledger.reader, tree_id):
        if waiting.pop(object_id, (0, 0)) != expected.of(data):
            differing.add(object_id)
    return differing | waiting.keys()


def _told(ledger: Ledger, ref: str, tree_id: str, differing: set[str], lines_of: LinesOf) -> Iterator[Finding]:
    shown = sorted(differing)[:_DETAILED]
    lines = lines_of(shown) if shown else {}
    for object_id in shown:
        yield from _one_note(ledger, ref, tree_id, object_id, lines.get(object_id, set()))
    if len(differing) > len(shown):
        yield warning(ref, "index", f"{len(differing) - len(shown)} more notes differ from the records", _REMEDY)


def _one_note(ledger: Ledger, ref: str, tree_id: str, object_id: str, wanted: set[str]) -> Iterator[Finding]:
    path = f"{ref}:{object_id}"
    data = find_note(ledger.reader, tree_id, object_id, limit=MAX_NOTE_BYTES) or b""
    there = {line for line in data.decode("utf-8", "replace").split("\n") if line}
    lacking, surplus = wanted - there, there - wanted
    ids = {line.split(" ", 1)[0] for line in wanted}
    if lacking:  # as after the first record that a clone writes: it began with no index at all
        yield notice(path, "index", f"the lines of {len(lacking)} record(s) are missing", _REMEDY)
    for line in sorted(surplus):
        named = line.split(" ", 1)[0]
        what = "differs from the record's" if named in ids else "names no record that belongs here"
        yield warning(path, "index", f"the line {line[:160]!r} {what}", _REMEDY)
    if not (lacking or surplus):
        yield warning(path, "index", "the note holds lines twice, or lies at two places", _REMEDY)
