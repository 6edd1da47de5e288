"""`import`: what the predecessor's unsigned files say, brought in as assertions that never allow anything.

Read are, below the folder that is given (a project, or its `models/registry`):

- `[models/registry/]approvals/**/*.json`: one decision each, with the keys `model_name`, `model_version`, `approved`,
  `context`, `timestamp`, `gates_report`, `approved_by`, `notes`;
- `deployments.jsonl` in that folder, in `models/` and in `models/registry/`: one deployment or rollback a line, with
  the keys `model_name` or `model`, `model_version` or `version`, `context`, `deployment_target` or `target`,
  `timestamp`, `status` or `action`, `deployed_by`, `reason`.

Other keys are passed over.
"""

import os
from collections.abc import Iterator
from datetime import datetime

import attrs

from gitgates.codec.records import record_id
from gitgates.decision.authority import Say
from gitgates.decision.signed import Signed
from gitgates.errors import InputFileError, InvalidValue
from gitgates.ledger.predecessor import Assertion, read_approval, read_deployment
from gitgates.ledger.query import open_version
from gitgates.ledger.reading import Ledger
from gitgates.ledger.writing import Writer, Written
from gitgates.model.frozen import frozen
from gitgates.model.names import ModelVersion
from gitgates.model.records import AssertionRecord

_REGISTRY = os.path.join("models", "registry")
_MAX_FILE_BYTES = 64 << 20


@frozen
class Imported:
    """What `import` did.

    Attributes:
        present: how many assertions the ledger had already.
    """

    written: tuple[Written, ...]
    present: int


def import_predecessor(ledger: Ledger, writer: Writer, folder: str, now: datetime) -> Imported:
    """Append an assertion for everything that the predecessor's files below `folder` say and the ledger does not have.

    All files are read and all records tried first: if one is wrong, nothing is imported.

    Raises:
        InputFileError: there is nothing to import, or a file cannot be read or is wrong; with file and field.
        NotAllowed: the signer is no admin, or the policy does not know a context.
    """
    by_version: dict[ModelVersion, list[Assertion]] = {}
    for assertion in _read_all(folder):
        by_version.setdefault(assertion.name, []).append(assertion)
    if not by_version:
        raise InputFileError(
            folder,
            "holds no models/registry/approvals/**/*.json and no deployments.jsonl",
            remedy="Name the project's folder",
        )
    imports = [_VersionImport(ledger, writer, name, now) for name in by_version]
    for version in imports:
        version.plan(by_version[version.name])
    written = [done for version in imports for done in version.append()]
    return Imported(tuple(written), sum(map(len, by_version.values())) - len(written))


class _VersionImport:
    """The assertions about one model version."""

    def __init__(self, ledger: Ledger, writer: Writer, name: ModelVersion, now: datetime) -> None:
        self._ledger = ledger
        self._writer = writer
        self._now = now
        self.name = name
        opened = open_version(ledger, name, now, must_exist=False)
        self._files = opened.files
        self._known = opened.known
        self._new: list[Assertion] = []

    def plan(self, assertions: list[Assertion]) -> None:
        """Pick what is new, and try whether it can be recorded at all."""
        present = {
            signed.record.sha256
            for signed in self._known.records.values()
            if isinstance(signed.record, AssertionRecord) and self._known.standings[signed.id].say is not Say.NONE
        }
        for assertion in assertions:
            if assertion.sha256 in present:
                continue
            present.add(assertion.sha256)
            self._new.append(assertion)
            try:
                self._ledger.codec.encode(self._record(assertion))
            except InvalidValue as problem:
                raise InputFileError(assertion.source, problem.message, remedy=problem.remedy) from None

    def append(self) -> Iterator[Written]:
        """Append what `plan` picked; each record follows the one before."""
        for assertion in self._new:
            written = self._writer.append(self._record(assertion), self._known)
            signed = Signed(written.id, written.record, self._writer.key_text)
            self._files = attrs.evolve(self._files, records=(*self._files.records, signed))
            self._known = self._ledger.knowledge(self._files, self._now)
            yield written

    def _record(self, assertion: Assertion) -> AssertionRecord:
        return AssertionRecord(
            **self._writer.heading(AssertionRecord, self.name, assertion.context, self._known),
            asserts=assertion.asserts,
            claimed_by=assertion.claimed_by,
            claimed_at=assertion.claimed_at,
            notes=assertion.notes,
            source=assertion.source,
            sha256=assertion.sha256,
        )


def _read_all(folder: str) -> Iterator[Assertion]:
    for path in _approval_files(folder):
        data = _read(path)
        yield read_approval(_shown(path, folder), data, record_id(data))
    for place in (folder, os.path.join(folder, "models"), os.path.join(folder, _REGISTRY)):
        path = os.path.join(place, "deployments.jsonl")
        if os.path.lexists(path):
            yield from _deployments(_shown(path, folder), _read(path))


def _approval_files(folder: str) -> Iterator[str]:
    for start in (os.path.join(folder, _REGISTRY, "approvals"), os.path.join(folder, "approvals")):
        for top, folders, names in os.walk(start, onerror=_refuse):
            folders.sort()
            yield from (os.path.join(top, name) for name in sorted(names) if name.endswith(".json"))


def _refuse(error: OSError) -> None:
    """Raise for a folder that cannot be listed; one that is not there holds nothing."""
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise InputFileError(str(error.filename), f"cannot be read: {error.strerror}")


def _deployments(source: str, data: bytes) -> Iterator[Assertion]:
    """Yield one assertion a line. The digest is that of the line with its newline, so that the file may grow."""
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.strip():
            yield read_deployment(f"{source}:{number}", line, record_id(line + b"\n"))


def _read(path: str) -> bytes:
    try:
        if os.path.getsize(path) > _MAX_FILE_BYTES:
            raise InputFileError(path, f"has more than {_MAX_FILE_BYTES >> 20} MiB")
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise InputFileError(path, f"cannot be read: {error.strerror}") from None


def _shown(path: str, folder: str) -> str:
    return os.path.relpath(path, folder).replace(os.sep, "/")
