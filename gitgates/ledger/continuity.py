"""Append-only history (rule 6 of DESIGN section 4): what was once in the ledger must be there.

Records decide, not commits. A rewritten or rewound branch that still holds every record that this clone has verified
is as good as before; one that lacks a single one is not. So is a deletion that a later commit undid, with the same
bytes. What was never a record of this ledger (rule 1), and what a policy annuls, may go.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from gitgates.codec.records import record_id
from gitgates.errors import StoreError
from gitgates.ledger.files import MAX_SIGNATURE_BYTES, REGULAR, FileOfRecord
from gitgates.model.frozen import frozen
from gitgates.model.paths import MODELS_FOLDER, POLICY_FOLDER, SIGNATURE_SUFFIX, id_in_name
from gitgates.store.history import Removal, removals
from gitgates.store.objects import GitObject, ObjectReader
from gitgates.store.repository import Repository
from gitgates.store.trees import TreeEntry

_SIGNATURE = SIGNATURE_SUFFIX.encode()

WasRecord = Callable[[FileOfRecord, tuple[FileOfRecord, ...]], bool]
"""Tells whether a file that is gone was a record of this ledger; the second argument is what is there in its place."""


@frozen
class Lost:
    """A record that is gone or changed.

    Attributes:
        record, signature: the blobs that bring it back; None where this clone lacks their bytes.
        commit: the newest commit that took it away, "" where only a comparison with what was verified tells.
    """

    path: str
    record: str | None
    signature: str | None
    commit: str = ""

    @property
    def blobs(self) -> dict[str, str]:
        """What brings it back: blobs by path. Empty where this clone lacks their bytes."""
        both = ((self.path, self.record), (self.path + SIGNATURE_SUFFIX, self.signature))
        return {path: blob for path, blob in both if blob is not None}


class Removals:
    """What the commits since one that was verified deleted or changed in the ledger: at most two git processes.

    Attributes:
        since: the commits; empty for the whole history.
    """

    def __init__(self, repository: Repository, commits: tuple[str, ...], since: tuple[str, ...]) -> None:
        """Ask nothing yet.

        Args:
            commits: the ledger's tips.
        """
        self._repository = repository
        self._commits = commits
        self.since = since
        self._first: dict[str, tuple[Removal, ...]] | None = {} if set(commits) <= set(since) else None
        self._everywhere: dict[str, tuple[Removal, ...]] | None = self._first

    def of(self, folder: str) -> tuple[Removal, ...]:
        """Return what was removed directly in `folder`, the newest first.

        The first question asks git for that folder and the policies alone: most commands ask about one model version.

        Raises:
            StoreError: the history cannot be read.
        """
        if self._everywhere is None and self._first is None:
            self._first = {POLICY_FOLDER: (), folder: (), **self._ask(POLICY_FOLDER, folder)}
        if self._first is not None and folder in self._first:
            return self._first[folder]
        return self.everywhere().get(folder, ())

    def everywhere(self) -> Mapping[str, tuple[Removal, ...]]:
        """Return what was removed, by folder; raises as `of`."""
        if self._everywhere is None:
            self._everywhere = self._ask(POLICY_FOLDER, MODELS_FOLDER)
        return self._everywhere

    def _ask(self, *folders: str) -> dict[str, tuple[Removal, ...]]:
        found: dict[str, list[Removal]] = {}
        for removal in removals(self._repository, self.since, self._commits, tuple(dict.fromkeys(folders))):
            found.setdefault(removal.folder, []).append(removal)
        return {folder: tuple(removed) for folder, removed in found.items()}


def lost_records(
    reader: ObjectReader,
    folder: str,
    before: Iterable[tuple[TreeEntry, str]],
    now: tuple[TreeEntry, ...],
    was_record: WasRecord,
    limit: int,
) -> tuple[Lost, ...]:
    """Return the records of `folder` that are gone or changed, by path.

    Args:
        before: entries that were there, each with the commit that took it away, or "".
        now: the entries that are there.
        limit: bytes that a record may have here.
    """
    here = set(now)
    before = tuple(before)
    commits: dict[TreeEntry, str] = {}
    for entry, commit in before:
        if entry.mode == REGULAR and (entry not in here):
            commits[entry] = commits.get(entry) or commit
    stems = sorted({entry.name.removesuffix(_SIGNATURE) for entry in commits})
    known = [*now, *commits, *(entry for entry, _ in before)]
    by_name: dict[bytes, list[TreeEntry]] = {}
    for entry in dict.fromkeys(known):
        if entry.mode == REGULAR:
            by_name.setdefault(entry.name, []).append(entry)
    found = (_lost(reader, folder, stem, by_name, commits, was_record, limit) for stem in stems)
    return tuple(lost for lost in found if lost is not None)


def _lost(
    reader: ObjectReader,
    folder: str,
    stem: bytes,
    by_name: dict[bytes, list[TreeEntry]],
    commits: dict[TreeEntry, str],
    was_record: WasRecord,
    limit: int,
) -> Lost | None:
    """Return the record called `stem`, if one of the files that were there together made one."""
    path = f"{folder}/{stem.decode('utf-8', 'replace')}"
    claimed = id_in_name(path)
    if claimed is None:
        return None
    records, signatures = by_name.get(stem, []), by_name.get(stem + _SIGNATURE, [])
    commit = next(commits[entry] for entry in (*records, *signatures) if entry in commits)
    kept, signed = ([entry for entry in entries if entry not in commits] for entries in (records, signatures))
    try:
        there = tuple(file for _, _, file in _pairs(reader, path, claimed, kept, signed, limit))
        for record, signature, file in _pairs(reader, path, claimed, records, signatures, limit):
            if (record in commits or signature in commits) and was_record(file, there):
                return Lost(path, record.id, signature.id, commit)
    except _Lacking:
        return Lost(path, None, None, commit)
    return None


class _Lacking(Exception):  # noqa: N818 -- a state of the clone
    """This clone does not have the bytes of a file that may have been a record."""


def _pairs(
    reader: ObjectReader,
    path: str,
    claimed: str,
    records: list[TreeEntry],
    signatures: list[TreeEntry],
    limit: int,
) -> Iterator[tuple[TreeEntry, TreeEntry, FileOfRecord]]:
    """Yield each record file whose bytes have the id in its name, with each signature file that it ever had."""
    for record in records:
        data = _whole(reader, record, limit)
        if data is None or record_id(data) != claimed:
            continue
        for signature in signatures:
            armoured = _whole(reader, signature, MAX_SIGNATURE_BYTES)
            if armoured is not None:
                yield record, signature, FileOfRecord(path, data, armoured)


def _whole(reader: ObjectReader, entry: TreeEntry, limit: int) -> bytes | None:
    """Return the bytes of a file, None where they are too many for it to have been a record."""
    try:
        found: GitObject = reader.require(entry.id, limit=limit)
    except StoreError:
        raise _Lacking from None
    return found.data if found.is_whole else None
