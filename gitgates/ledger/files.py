"""The files of a ledger folder as git has them, sorted into records, their signatures, and what is foreign."""

from collections.abc import Iterator

from gitgates.codec.records import NewerFormat, RecordCodec, record_id, size_limit
from gitgates.decision.signed import Signed
from gitgates.errors import BadSignature, InvalidValue
from gitgates.model.entries import MAX_POLICY_RECORD_BYTES
from gitgates.model.frozen import frozen
from gitgates.model.paths import SIGNATURE_SUFFIX, id_in_name, record_path
from gitgates.model.records import Record
from gitgates.store.objects import ObjectReader
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
        lacking: its bytes are not in this clone.
    """

    path: str
    reason: str
    newer: bool = False
    lacking: bool = False


@frozen
class FileOfRecord:
    """A record file with its signature, before anything is believed of it."""

    path: str
    data: bytes
    signature: bytes


def pair_up(
    reader: ObjectReader, folder: str, entries: tuple[TreeEntry, ...], limit: int
) -> Iterator[FileOfRecord | Foreign]:
    """Yield every record file of a folder with its signature; and as foreign each file that cannot be one.

    Args:
        limit: bytes that a record may have here.
    """
    names = {entry.name.decode("utf-8", "replace"): entry for entry in entries}
    wanted: list[tuple[str, TreeEntry, TreeEntry]] = []
    for name, entry in names.items():
        path = f"{folder}/{name}"
        if id_in_name(name) is None:
            if not name.endswith(SIGNATURE_SUFFIX) or name.removesuffix(SIGNATURE_SUFFIX) not in names:
                yield Foreign(path, "its name is not that of a record")
            continue
        signature = names.get(name + SIGNATURE_SUFFIX)
        if signature is None:
            yield Foreign(path, "it has no signature file")
        elif entry.mode != REGULAR or signature.mode != REGULAR:
            yield Foreign(path, "it or its signature is not a plain file (mode 100644)")
        else:
            wanted.append((path, entry, signature))
    specs = [entry.id for _, record, signature in wanted for entry in (record, signature)]
    objects = reader.get_many(specs, limit=max(limit, MAX_SIGNATURE_BYTES))
    for path, _, _ in wanted:
        record, signature_object = next(objects), next(objects)
        if record is None or signature_object is None:
            yield Foreign(path, "its bytes are not in this clone", lacking=True)
        elif not (record.is_whole and signature_object.is_whole):
            yield Foreign(path, f"it has more than {limit} bytes")
        else:
            yield FileOfRecord(path, record.data, signature_object.data)


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
            key = self._verified_key(file, known_keys)  # 2, 3
            record = self._codec.decode(file.data)  # 4
        except BadSignature as error:
            return Foreign(file.path, error.message)
        except NewerFormat as error:
            return Foreign(file.path, f"newer format: {error.message}", newer=True)
        except InvalidValue as error:
            return Foreign(file.path, f"not a valid record: {error.message}")
        if record_path(record, identifier) != file.path:  # 5
            return Foreign(file.path, f"it belongs at {record_path(record, identifier)}")
        return Signed(identifier, record, key)

    def _verified_key(self, file: FileOfRecord, known_keys: frozenset[str]) -> str:
        try:
            signature = parse_signature(file.signature)
            key = signature.key.text
            if key in known_keys:
                self._verifier.verify(file.data, file.signature, signature)
                return key
        except BadSignature as error:
            raise BadSignature(f"bad signature: {error.message}") from None
        # Asked before the signature is verified: a stranger's garbage must cost nothing and stop nothing.
        raise BadSignature("it is signed by a key that no policy of this ledger lists")


RECORD_LIMIT = size_limit("report")
POLICY_LIMIT = MAX_POLICY_RECORD_BYTES
