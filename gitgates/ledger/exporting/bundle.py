"""The audit bundle: all that an auditor needs to verify a ledger, or a part of it, without gitgates."""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from gitgates.codec.records import record_id
from gitgates.decision.signed import Signed, SignedPolicy, SignedVersionRecord
from gitgates.errors import BadSignature, CannotDecide
from gitgates.ledger.exporting.archive import Sink
from gitgates.ledger.files import MAX_SIGNATURE_BYTES, REGULAR, Foreign
from gitgates.ledger.listing import list_in_parts
from gitgates.ledger.policies import SEAL_LIMIT, SEAL_SUFFIX
from gitgates.ledger.query import unknown_version
from gitgates.ledger.reading import Ledger
from gitgates.model.entries import VersionEntry
from gitgates.model.frozen import frozen
from gitgates.model.names import ModelVersion
from gitgates.model.paths import LEDGER_FOLDER, POLICY_FOLDER, SIGNATURE_SUFFIX, record_path, version_folder
from gitgates.model.records import Record
from gitgates.store.bundle import write_git_bundle
from gitgates.store.trees import TreeEntry
from gitgates.trust.verify import Verifier

README, ROOT, PART, SCRIPT, HISTORY = "README.md", "root", "part", "verify.sh", "ledger.bundle"
RECORDS, SIGNERS = "records", "signers"
_HERE = os.path.dirname(__file__)


@frozen
class Bundled:
    """What is in a bundle.

    Attributes:
        records: how many.
        history: whether the git history is in it.
        has_more: whether the history has files that are none of the ledger.
        left_out: files that are no records of this ledger, or signed by somebody else than their author.
        problems: why the ledger may have more than this clone knows of.
    """

    records: int
    history: bool
    has_more: bool
    left_out: tuple[Foreign, ...]
    problems: tuple[str, ...]


def write_bundle(
    ledger: Ledger,
    now: datetime,
    sink: Sink,
    model: str | None = None,
    version: str | None = None,
    *,
    with_history: bool = True,
    advance: Callable[[int], None] = lambda _: None,
) -> Bundled:
    """Write a bundle of the ledger, or of a model or one of its versions.

    Args:
        with_history: put the ledger's branch in, with all that is on it.
        advance: told how many records are written.

    Raises:
        CannotDecide: this clone does not have the whole history of the ledger's branch.
        UnknownVersion: there is no such model, or no such version.
    """
    _add_texts(sink, ledger, model, version)
    if with_history:
        _add_history(sink, ledger)
    bundle = _Bundle(ledger, sink, advance)
    bundle.add_policies()
    policies = bundle.records
    bundle.add_versions(now, model, version)
    if model is not None and bundle.records == policies and not bundle.problems:
        raise unknown_version(ledger, model, version)
    has_more = with_history and any(e.name != LEDGER_FOLDER.encode() for e in ledger.entries("") or ())
    problems = tuple(bundle.problems)
    return Bundled(bundle.records, with_history, has_more, tuple(bundle.left_out), problems)


def _add_texts(sink: Sink, ledger: Ledger, model: str | None, version: str | None) -> None:
    for name in (README, SCRIPT):
        with open(os.path.join(_HERE, f"bundle-{name}" if name == README else name), "rb") as file:
            sink.add(name, file.read())
    sink.add(ROOT, f"{ledger.root}\n".encode("ascii"))
    if model is not None:
        sink.add(PART, (model if version is None else f"{model}:{version}").encode() + b"\n")


def _add_history(sink: Sink, ledger: Ledger) -> None:
    repository, location = ledger.repository, ledger.location
    without = "pass --no-history to leave the git history out"
    if repository.is_shallow or repository.is_partial:
        told = "this clone is shallow" if repository.is_shallow else "this is a partial clone"
        fetch = "git fetch --unshallow" if repository.is_shallow else "git fetch --refetch --no-filter"
        raise CannotDecide(
            "incomplete", f"{told}, so the git history is not all here", remedy=f"Run `{fetch}`, or {without}"
        )
    if location.others:
        refs = ", ".join(ref for ref, _ in location.others)
        raise CannotDecide(
            "incomplete",
            f"the ledger is not on one branch: {refs} has records that {location.ref} lacks",
            remedy=f"Run `gitgates sync`, or {without}",
        )
    with tempfile.TemporaryDirectory(prefix="gitgates-") as scratch:
        path = os.path.join(scratch, HISTORY)
        write_git_bundle(repository, location.branch, location.commit, path)
        sink.add_file(HISTORY, path)


class _Bundle:
    """One walk over the ledger; of each record it keeps no more than what speaks against it."""

    def __init__(self, ledger: Ledger, sink: Sink, advance: Callable[[int], None]) -> None:
        self._ledger = ledger
        self._sink = sink
        self._advance = advance
        self._policies: dict[str, SignedPolicy] = {signed.id: signed for signed in ledger.policies.signed}
        self.records = 0
        self.left_out: list[Foreign] = []
        self.problems: dict[str, None] = {}

    def add_policies(self) -> None:
        """Add all policies and endorsements, seals, and the signers that each policy lists."""
        ledger, entries = self._ledger, self._ledger.entries(POLICY_FOLDER) or ()
        policies = ledger.policies
        added = self._add_records(POLICY_FOLDER, (*policies.signed, *policies.endorsements), entries)
        self.left_out += policies.foreign
        named = {f"{one.record.seal}{SEAL_SUFFIX}".encode() for one in policies.signed}
        for entry in sorted(entries, key=TreeEntry.key):
            if entry.name in named and entry.mode == REGULAR:
                found = ledger.reader.get(entry.id, limit=SEAL_LIMIT)
                name = entry.name.decode("ascii", "replace")
                if found is not None and record_id(found.data) == name.removesuffix(SEAL_SUFFIX):
                    self._sink.add(f"{RECORDS}/policy/{name}", found.data)
        for policy_id in sorted(added & self._policies.keys()):
            self._sink.add(f"{SIGNERS}/{policy_id}", self._policies[policy_id].record.allowed_signers.encode())

    def add_versions(self, now: datetime, model: str | None, version: str | None) -> None:
        """Add the records of the model versions that are asked for."""
        for part in list_in_parts(self._ledger, now, model, version):
            self.problems.update(dict.fromkeys(part.problems))
            found = [
                Signed(one.signed.id, one.signed.record, one.signed.key)
                for one in part.records
                if isinstance(one.signed.record, VersionEntry)
            ]
            if not found:
                self.left_out += (one for one in part.foreign if not one.path.startswith(f"{POLICY_FOLDER}/"))
                continue
            self.left_out += part.foreign
            name = ModelVersion(found[0].record.model, found[0].record.version)
            folder = version_folder(name.model, name.version)
            self._add_records(folder, self._by_their_authors(found), self._ledger.entries(folder) or ())
            self._advance(self.records)

    def _by_their_authors(self, records: Iterable[SignedVersionRecord]) -> Iterator[SignedVersionRecord]:
        """Yield those that their author signed under the policy that they name. The others have no say.

        Where that policy is not here, nobody can tell, and that must show.
        """
        for signed in records:
            record = signed.record
            policy = self._policies.get(record.policy or "")
            if record.ledger != self._ledger.root:
                self._leave_out(record, signed.id, "it belongs to another ledger")
            elif policy is not None and not policy.record.parsed.holds(record.author, signed.key):
                why = f"not signed by {record.author} with a key that the policy it names lists for this name"
                self._leave_out(record, signed.id, why)
            else:
                yield signed

    def _leave_out(self, record: Record, identifier: str, reason: str) -> None:
        self.left_out.append(Foreign(record_path(record, identifier), reason))

    def _add_records(self, folder: str, records: Iterable[Signed[Record]], entries: tuple[TreeEntry, ...]) -> set[str]:
        """Add records of one folder and their signatures, by name; return the ids of those that could be added."""
        added = set()
        there: dict[bytes, list[str]] = {}
        for entry in entries:
            if entry.mode == REGULAR:
                there.setdefault(entry.name, []).append(entry.id)
        for path, signed in sorted((record_path(one.record, one.id), one) for one in records):
            data = self._ledger.codec.encode(signed.record)
            name = f"{path.removeprefix(folder + '/')}{SIGNATURE_SUFFIX}"
            signature = self._signature(data, signed.key, there.get(name.encode(), []))
            if signature is None:
                self.left_out.append(Foreign(path, "its signature is not on the ledger's branch"))
                continue
            below = f"{RECORDS}/{path.removeprefix(LEDGER_FOLDER + '/')}"
            self._sink.add(below, data)
            self._sink.add(below + SIGNATURE_SUFFIX, signature)
            added.add(signed.id)
        self.records += len(added)
        return added

    def _signature(self, data: bytes, key: str, blobs: list[str]) -> bytes | None:
        """Return the signature file of a record; of several, which only a malformed tree has, the valid one."""
        found = [one.data for one in self._ledger.reader.get_many(blobs, limit=MAX_SIGNATURE_BYTES) if one]
        if len(found) < 2:
            return found[0] if found else None
        return next((one for one in found if _is_by(key, data, one)), None)


def _is_by(key: str, data: bytes, armoured: bytes) -> bool:
    try:
        return Verifier().verify(data, armoured).text == key
    except BadSignature:
        return False
