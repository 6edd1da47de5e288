"""The files of a ledger folder as git has them, sorted into records, their signatures, and what is foreign."""

from collections.abc import Iterator
from contextlib import suppress

from gitgates.codec.records import NewerFormat, RecordCodec, record_id, size_limit
from gitgates.decision.signed import Signed
from gitgates.errors import BadSignature, CannotDecide, InvalidValue, MissingObject
from gitgates.model.entries import MAX_POLICY_RECORD_BYTES
from gitgates.model.frozen import frozen
from gitgates.model.paths import SIGNATURE_SUFFIX, id_in_name, record_path
from gitgates.model.records import Record
from gitgates.store.objects import GitObject, ObjectReader
from gitgates.store.trees import TreeEntry
from gitgates.trust.sshsig import parse as parse_signature
from gitgates.trust.verify import Verifier

REGULAR = b"100644"
MAX_SIGNATURE_BYTES = 16 * 1024


@frozen
class Foreign:
    """A file that is no record of this ledger (rule 1 of DESIGN section 4). Decisions ignore it.

    Attributes:
        newer: it is signed by a key that the caller knows and of a format that this program does not.
        lacking: it may be a record that counts, and this clone cannot tell: its bytes are not here, or signatures of
            several members stand under its name.
    """

    path: str
    reason: str
    newer: bool = False
    lacking: bool = False


@frozen
class FileOfRecord:
    """A record file with its signature, before anything is believed of it.

    Attributes:
        others: further signature files of the same name; only a malformed tree has any.
    """

    path: str
    data: bytes
    signature: bytes
    others: tuple[bytes, ...] = ()


def pair_up(
    reader: ObjectReader, folder: str, entries: tuple[TreeEntry, ...], limit: int
) -> Iterator[FileOfRecord | Foreign]:
    """Yield every record file of a folder with its signature; and as foreign each file that cannot be one.

    Args:
        limit: bytes that a record may have here.

    Raises:
        CannotDecide: this is a partial clone, and it lacks the bytes of one of them.
    """
    names: dict[str, list[TreeEntry]] = {}
    for entry in entries:
        names.setdefault(entry.name.decode("utf-8", "replace"), []).append(entry)
    wanted: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = []
    for name, same_name in names.items():
        path = f"{folder}/{name}"
        if id_in_name(name) is None:
            if not name.endswith(SIGNATURE_SUFFIX) or name.removesuffix(SIGNATURE_SUFFIX) not in names:
                yield Foreign(path, "its name is not that of a record")
            continue
        if name + SIGNATURE_SUFFIX not in names:
            yield Foreign(path, "it has no signature file")
            continue
        records, signatures = _plain(same_name), _plain(names[name + SIGNATURE_SUFFIX])
        if records and signatures:
            wanted.append((path, records, signatures))
        else:
            yield Foreign(path, "it or its signature is not a plain file (mode 100644)")
    specs = [blob for _, records, signatures in wanted for blob in (*records, *signatures)]
    objects = reader.get_many(specs, limit=max(limit, MAX_SIGNATURE_BYTES))
    for path, records, signatures in wanted:
        try:
            there = [next(objects) for _ in (*records, *signatures)]
        except MissingObject as error:  # a partial clone: git ends at the first that is not there
            raise CannotDecide("unreadable", error.message, remedy=error.remedy) from None
        yield _file(path, there[: len(records)], there[len(records) :], limit)


def _plain(entries: list[TreeEntry]) -> tuple[str, ...]:
    """Return the blobs of the plain files among entries of one name, each once."""
    return tuple(dict.fromkeys(entry.id for entry in entries if entry.mode == REGULAR))


def _file(
    path: str, records: list[GitObject | None], signatures: list[GitObject | None], limit: int
) -> FileOfRecord | Foreign:
    """Return the file that lies at `path`. Of several with one name, the one whose bytes have the id in it counts."""
    if None in records or None in signatures:
        return Foreign(path, "its bytes are not in this clone", lacking=True)
    contents = [found.data for found in records if found and found.is_whole]
    signed = [found.data for found in signatures if found and found.is_whole]
    if not contents or not signed:
        return Foreign(path, f"it has more than {limit} bytes")
    named = (data for data in contents if len(contents) == 1 or record_id(data) == id_in_name(path))
    return FileOfRecord(path, next(named, contents[0]), signed[0], tuple(signed[1:]))


class Authenticator:
    """Turns files into signed records: verifies first, parses after, and believes nothing else."""

    def __init__(self, verifier: Verifier, codec: RecordCodec) -> None:
        """Take the tools that one command shares."""
        self._verifier = verifier
        self._codec = codec

    def authenticate(self, file: FileOfRecord, known_keys: frozenset[str]) -> Signed[Record] | Foreign:
        """Return the signed record that `file` is, or why it is foreign.

        The steps are numbered as in `docs/spec/record-format.md`, section 7:

        1. The id in the name is the SHA-256 of the bytes.
        2. The key in the signature is a known one.
        3. The signature is strict SSHSIG in the namespace gitgates, and valid for the bytes.
        4. The bytes are canonical.
        5. The path is the one that follows from the content.

        Args:
            known_keys: keys of the ledger's members, as `type base64`.
        """
        identifier = record_id(file.data)
        if id_in_name(file.path) != identifier:  # 1
            return Foreign(file.path, f"its bytes have the id {identifier}, not the one in its name")
        try:
            keys = self._valid_keys(file, known_keys)  # 2, 3
            record = self._codec.decode(file.data)  # 4
        except BadSignature as error:
            return Foreign(file.path, error.message)
        except NewerFormat as error:
            return Foreign(file.path, f"newer format: {error.message}", newer=True)
        except InvalidValue as error:
            return Foreign(file.path, f"not a valid record: {error.message}")
        path = record_path(record, identifier)
        if path != file.path or len(keys) > 1:  # 5; and to choose a key would let its owner take away another's record
            several = "it has several signature files, by different members"
            return Foreign(file.path, several if len(keys) > 1 else f"it belongs at {path}", lacking=len(keys) > 1)
        return Signed(identifier, record, keys.pop())

    def _valid_keys(self, file: FileOfRecord, known_keys: frozenset[str]) -> set[str]:
        """Return the keys that signed the file; raise what is wrong with its first signature where there is none."""
        keys = set()
        for armoured in file.others:
            with suppress(BadSignature):
                keys.add(self._key_of(file.data, armoured, known_keys))
        try:
            return {*keys, self._key_of(file.data, file.signature, known_keys)}
        except BadSignature:
            if not keys:
                raise
            return keys

    def _key_of(self, data: bytes, armoured: bytes, known_keys: frozenset[str]) -> str:
        try:
            signature = parse_signature(armoured)
            key = signature.key.text
            if key in known_keys:
                self._verifier.verify(data, armoured, signature)
                return key
        except BadSignature as error:
            raise BadSignature(f"bad signature: {error.message}") from None
        # Asked before the signature is verified: a stranger's garbage must cost nothing and stop nothing.
        raise BadSignature("it is signed by a key that no policy of this ledger lists")


RECORD_LIMIT = size_limit("report")
POLICY_LIMIT = MAX_POLICY_RECORD_BYTES
