"""What this clone has and a remote's branch lacks: authentic records, and the files that go with them."""

from collections.abc import Iterator, Sequence

from gitgates.codec.records import RecordCodec, record_id
from gitgates.decision.chain import listed_signers
from gitgates.decision.signed import Signed
from gitgates.ledger.files import POLICY_LIMIT, RECORD_LIMIT, REGULAR, Authenticator, FileOfRecord, Foreign, pair_up
from gitgates.ledger.folders import Union
from gitgates.ledger.policies import SEAL_LIMIT, SEAL_SUFFIX
from gitgates.ledger.reading import Ledger
from gitgates.model.frozen import frozen
from gitgates.model.paths import ANCHOR_NAME, LEDGER_FOLDER, MODELS_FOLDER, POLICY_FOLDER, SIGNATURE_SUFFIX
from gitgates.model.records import Record
from gitgates.store.ancestry import is_ancestor
from gitgates.store.comparing import differences
from gitgates.store.pack import object_id
from gitgates.store.trees import TreeEntry
from gitgates.trust.verify import Verifier

_SIGNATURE = SIGNATURE_SUFFIX.encode()
_ANCHOR = ANCHOR_NAME.encode()
_SEAL = SEAL_SUFFIX.encode()
_FOR_PEOPLE = frozenset([b"README.md", b".gitattributes", b".gitignore"])


@frozen
class Unshared:
    """A record that a remote lacks.

    Attributes:
        files: the blobs of the record and its signature, and of its model version's anchor, by path.
    """

    id: str
    record: Record
    files: dict[str, str]


@frozen
class Mine:
    """Everything that a remote lacks.

    Attributes:
        records: policies and endorsements first, then by their time.
        others: blobs of seals and of files for people, by path.
        foreign: paths that are no records; they are not shared.
        lost: blobs that bring back what the remote has lost, by path.
    """

    records: tuple[Unshared, ...]
    others: dict[str, str]
    foreign: tuple[str, ...]
    lost: dict[str, str]

    @property
    def files(self) -> dict[str, str]:
        """All blobs by path."""
        return {**self.others, **{path: blob for one in self.records for path, blob in one.files.items()}, **self.lost}


def unshared(ledger: Ledger, tip: str, commits: Sequence[str]) -> Mine:
    """Return what `commits` of this clone have and the remote's commit `tip` lacks.

    Where both have a record under one name with other bytes, the remote's stays if its signature is the author's.

    Raises:
        StoreError, CannotDecide: a tree or a record cannot be read.
    """
    return lacking(ledger, tip, [commit for commit in commits if not is_ancestor(ledger.repository, commit, tip)])


def lacking(ledger: Ledger, tip: str | None, commits: Sequence[str]) -> Mine:
    """Return the same, even if the history of `tip` once had it; all of it where `tip` is None."""
    repository = ledger.repository
    before = object_id(repository.object_format, "tree", b"") if tip is None else tip
    found: dict[str, dict[TreeEntry, None]] = {}
    for commit in commits:
        for difference in differences(repository, before, commit, LEDGER_FOLDER):
            if difference.after is not None:
                found.setdefault(difference.folder, {})[difference.after] = None
    return _Collector(ledger, tip, commits).collect({folder: tuple(entries) for folder, entries in found.items()})


@frozen
class _Found:
    """A record with its author's signature.

    Attributes:
        is_sure: an accepted policy lists the key as the author's; else only one that waits does, and anybody whose key
            is known can write such a policy.
    """

    signed: Signed[Record]
    files: dict[str, str]
    is_sure: bool


class _Collector:
    """Sorts files that differ into records and the rest."""

    def __init__(self, ledger: Ledger, tip: str | None, commits: Sequence[str]) -> None:
        self._ledger = ledger
        self._ours = Union(ledger.reader, commits)
        self._theirs = Union(ledger.reader, () if tip is None else (tip,))
        self._authenticator = Authenticator(Verifier(), RecordCodec())
        # A policy that waits may list new admins, whose endorsements it waits for.
        self._accepted = ledger.chain.known_signers()
        self._signers = self._accepted | listed_signers(ledger.policies.signed)
        self._keys = frozenset(key for _, key in self._signers)
        self._format = ledger.repository.object_format
        self._foreign: list[str] = []

    def collect(self, folders: dict[str, tuple[TreeEntry, ...]]) -> Mine:
        records: list[Unshared] = []
        others: dict[str, str] = {}
        for folder, entries in sorted(folders.items()):
            if folder == LEDGER_FOLDER:
                others |= self._for_people(entries)
                continue
            if folder == POLICY_FOLDER:
                others |= self._seals(entries)
            if folder == POLICY_FOLDER or folder.startswith(f"{MODELS_FOLDER}/"):
                records += self._records(folder, entries)
        records.sort(key=lambda one: (one.record.kind not in ("policy", "endorsement"), one.record.created, one.id))
        return Mine(tuple(records), others, tuple(self._foreign), {})

    def _records(self, folder: str, entries: tuple[TreeEntry, ...]) -> Iterator[Unshared]:
        apart = {entry.name for entry in entries if entry.name == _ANCHOR or entry.name.endswith(_SEAL)}
        stems = {entry.name.removesuffix(_SIGNATURE) for entry in entries} - apart
        theirs = self._theirs.entries(folder) or ()
        there = {path: found.is_sure for path, found in self._authentic(folder, theirs, stems) if found is not None}
        anchor = {} if _ANCHOR in {entry.name for entry in theirs} else self._anchor(folder)
        for path, found in self._authentic(folder, self._ours.entries(folder) or (), stems):
            if found is None:
                self._foreign.append(path)
            elif path not in there or (found.is_sure and not there[path]):
                yield Unshared(found.signed.id, found.signed.record, found.files | anchor)

    def _authentic(
        self, folder: str, entries: tuple[TreeEntry, ...], stems: set[bytes]
    ) -> Iterator[tuple[str, _Found | None]]:
        """Yield each record among `stems` with its blobs by path, and None for what is no record."""
        limit = POLICY_LIMIT if folder == POLICY_FOLDER else RECORD_LIMIT
        wanted = tuple(entry for entry in entries if entry.name.removesuffix(_SIGNATURE) in stems)
        for file in pair_up(self._ledger.reader, folder, wanted, limit):
            yield file.path, None if isinstance(file, Foreign) else self._found(file)

    def _found(self, file: FileOfRecord) -> _Found | None:
        """Return the record that a file is by its author's signature, by a sure one if there are several."""
        best = None
        for signature in (file.signature, *file.others):
            signed = self._authenticator.authenticate(FileOfRecord(file.path, file.data, signature), self._keys)
            if not isinstance(signed, Signed) or (signed.record.author, signed.key) not in self._signers:
                continue
            blobs = (object_id(self._format, "blob", data) for data in (file.data, signature))
            files = dict(zip((file.path, file.path + SIGNATURE_SUFFIX), blobs, strict=True))
            found = _Found(signed, files, (signed.record.author, signed.key) in self._accepted)
            best = found if best is None or found.is_sure > best.is_sure else best
        return best

    def _anchor(self, folder: str) -> dict[str, str]:
        ours = self._ours.entries(folder) or ()
        return {f"{folder}/{ANCHOR_NAME}": entry.id for entry in ours if (entry.name, entry.mode) == (_ANCHOR, REGULAR)}

    def _seals(self, entries: tuple[TreeEntry, ...]) -> dict[str, str]:
        """Return the seals whose bytes have the digest in their name; whoever made them, they say nothing else."""
        seals = [e for e in entries if e.mode == REGULAR and e.name.endswith(_SEAL)]
        contents = self._ledger.reader.get_many((entry.id for entry in seals), limit=SEAL_LIMIT)
        names = {entry.name.decode("utf-8", "replace"): entry.id for entry in seals}
        return {
            f"{POLICY_FOLDER}/{name}": blob
            for (name, blob), content in zip(names.items(), contents, strict=True)
            if content is not None and record_id(content.data) == name.removesuffix(SEAL_SUFFIX)
        }

    def _for_people(self, entries: tuple[TreeEntry, ...]) -> dict[str, str]:
        """Return the files that explain the ledger, where the remote has none; never those that a policy writes."""
        theirs = {entry.name for entry in self._theirs.entries(LEDGER_FOLDER) or ()}
        return {
            f"{LEDGER_FOLDER}/{entry.name.decode()}": entry.id
            for entry in entries
            if entry.name in _FOR_PEOPLE - theirs and entry.mode == REGULAR
        }
