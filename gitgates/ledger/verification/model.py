"""All of one model: its versions one after the other, then its index."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from gitgates.errors import GitgatesError, InvalidValue
from gitgates.ledger.folders import merged
from gitgates.ledger.index import anchor_bytes, note_lines
from gitgates.ledger.reading import Ledger, VersionFiles
from gitgates.ledger.verification.baselines import BATCH, Claim, answer, claim_of
from gitgates.ledger.verification.files import anchor_finding, folder_findings, foreign_finding, lost_findings
from gitgates.ledger.verification.findings import Finding, error
from gitgates.ledger.verification.index import LineSums, index_findings
from gitgates.ledger.verification.policies import missing_seals
from gitgates.ledger.verification.raw_trees import tree_findings
from gitgates.ledger.verification.records import missing_findings, record_baselines, record_findings
from gitgates.model.frozen import frozen
from gitgates.model.names import ModelVersion
from gitgates.model.paths import decode_component, model_folder, version_folder
from gitgates.store.append import NoteLines
from gitgates.store.pack import object_id

OnVersion = Callable[[], None]


@frozen
class ModelResult:
    """What came of one model.

    Attributes:
        unanswered: baselines that are no record of this model; another model may have them.
    """

    records: int
    findings: tuple[Finding, ...]
    unanswered: tuple[Claim, ...]


def names_of(ledger: Ledger, model: str) -> tuple[ModelVersion, ...]:
    """Return every version of a model that is there, or once was as far as this clone knows, or that a seal knows."""
    folder = model_folder(model)
    entries = (*(ledger.entries(folder) or ()), *ledger.verified_entries(folder))
    components = {entry.name.decode("utf-8", "replace") for entry in entries if entry.is_folder}
    removed = (path.rpartition("/") for path in ledger.removals.everywhere())
    components |= {name for above, _, name in removed if above == folder}
    versions = {version for seal in ledger.policies.seals.values() for name, version in seal if name == model}
    for component in components:
        try:
            versions.add(ModelVersion(model, decode_component(component)).version)
        except InvalidValue:  # reported as a foreign folder
            continue
    return tuple(ModelVersion(model, version) for version in sorted(versions))


def check_model(ledger: Ledger, model: str, now: datetime, on_version: OnVersion) -> ModelResult:
    """Verify one model; what cannot be read becomes a finding.

    Args:
        on_version: called after each version.
    """
    check = _ModelCheck(ledger, model, now)
    try:
        check.run(on_version)
    except GitgatesError as problem:
        check.findings.append(error(model_folder(model), "unreadable", problem.message, problem.remedy))
    return ModelResult(check.records, tuple(check.findings), tuple(check.unanswered))


class _ModelCheck:
    """One walk over a model; keeps findings, and of each record no more than its share in a sum."""

    def __init__(self, ledger: Ledger, model: str, now: datetime) -> None:
        self._ledger = ledger
        self._model = model
        self._now = now
        self._names: tuple[ModelVersion, ...] = ()
        self._sums = LineSums()
        self._claims: list[Claim] = []
        self._reported = missing_seals(ledger)
        self.records = 0
        self.findings: list[Finding] = []
        self.unanswered: list[Claim] = []

    def run(self, on_version: OnVersion) -> None:
        folder = model_folder(self._model)
        self._names = names_of(self._ledger, self._model)
        layers = self._ledger.layers(folder)
        self.findings += folder_findings(folder, merged(layers) or (), "model version")
        self.findings += tree_findings(folder, layers)
        readable = True
        for name in self._names:
            try:
                self._version(name)
            except GitgatesError as problem:
                readable = False
                path = version_folder(name.model, name.version)
                self.findings.append(error(path, "unreadable", problem.message, problem.remedy))
            on_version()
        self._answer_claims()
        if readable:  # else every line of what cannot be read would seem too many
            self.findings += index_findings(self._ledger, self._model, self._sums, self._lines_of)

    def _version(self, name: ModelVersion) -> None:
        ledger, folder = self._ledger, version_folder(name.model, name.version)
        layers = ledger.layers(folder)
        entries = merged(layers)
        self.findings += tree_findings(folder, layers)
        files = ledger.version(name)
        known = ledger.knowledge(files, self._now)
        self.records += len(files.records)
        if entries is not None:
            anchor = anchor_finding(ledger, name, entries)
            self.findings += [] if anchor is None else [anchor]
        self.findings += map(foreign_finding, files.foreign)
        if files.obstacles != ledger.shared_obstacles:  # else nothing is lost, and asking again would cost a tree
            self.findings += lost_findings(ledger.lost(folder, entries or ()))
        self.findings += missing_findings(known, folder, self._reported)
        self.findings += record_findings(known)
        for note in expected_notes(ledger, name, files):
            self._sums.add(note)
        self._claims += (claim_of(report, baseline) for report, baseline in record_baselines(known))
        if len(self._claims) >= BATCH:
            self._answer_claims()

    def _answer_claims(self) -> None:
        findings, left = answer(self._ledger, self._names, self._claims)
        self.findings += findings
        self.unanswered += left
        self._claims.clear()

    def _lines_of(self, wanted: Collection[str]) -> dict[str, set[str]]:
        chosen = frozenset(wanted)
        lines: dict[str, set[str]] = {}
        for name in self._names:
            for note in expected_notes(self._ledger, name, self._ledger.version(name)):
                if note.object_id in chosen:
                    lines.setdefault(note.object_id, set()).update(note.lines)
        return lines


def expected_notes(ledger: Ledger, name: ModelVersion, files: VersionFiles) -> Iterable[NoteLines]:
    """Yield the notes that the records of a model version stand in."""
    anchor = object_id(ledger.repository.object_format, "blob", anchor_bytes(name.model, name.version))
    records = {signed.id: signed for signed in files.records}
    for signed in files.records:
        yield from note_lines(signed.id, signed.record, anchor, records)
