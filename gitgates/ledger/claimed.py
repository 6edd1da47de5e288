"""Baselines that a policy requires to be reports of this ledger: is the one that a report claims there?

A baseline names a report by its id alone, which may be of any version, so file names are looked through: those of the
report's own model first, and each model's once.
"""

from collections.abc import Iterator
from datetime import datetime

from gitgates.decision.authority import Say
from gitgates.decision.signed import Signed
from gitgates.ledger.query import all_versions, model_names
from gitgates.ledger.reading import Ledger
from gitgates.ledger.verification.baselines import claim_of, judge
from gitgates.model.names import ModelVersion
from gitgates.model.paths import id_in_name, version_folder
from gitgates.model.provenance import Baseline
from gitgates.model.records import ReportRecord


class ClaimedBaselines:
    """The reports of a ledger by id, as far as they were asked for."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._by_model: dict[str, dict[str, ModelVersion]] = {}

    def problem(self, signed: Signed[ReportRecord], baseline: Baseline, now: datetime) -> str:
        """Return why the `baseline` of a report is none that counts, or has other numbers; "" where it is right.

        Raises:
            CannotDecide: a tree cannot be read.
        """
        wanted = baseline.record or ""
        name = self._find(wanted, signed.record.model)
        found = None
        if name is not None:
            known = self._ledger.knowledge(self._ledger.version(name), now)
            standing = known.standings.get(wanted)
            found = known.records[wanted].record if standing is not None and standing.say is Say.FULL else None
        if not isinstance(found, ReportRecord):
            return f"its baseline {wanted} is no report of this ledger that counts"
        return "; ".join(finding.text for finding in judge(found, claim_of(signed, baseline)))

    def _find(self, record: str, model: str) -> ModelVersion | None:
        """Return the version in whose folder a record lies by its file name, None for none."""
        own = self._of(model).get(record)
        others = (self._of(other) for other in model_names(self._ledger) if other != model)
        return own or next((there[record] for there in others if record in there), None)

    def _of(self, model: str) -> dict[str, ModelVersion]:
        if model not in self._by_model:
            self._by_model[model] = dict(self._ids(model))
        return self._by_model[model]

    def _ids(self, model: str) -> Iterator[tuple[str, ModelVersion]]:
        for name in all_versions(self._ledger, model):
            for entry in self._ledger.entries(version_folder(name.model, name.version)) or ():
                identifier = id_in_name(entry.name.decode("utf-8", "replace")) if b"-report-" in entry.name else None
                if identifier is not None:
                    yield identifier, name
