"""Baselines from the ledger: the report of another version, whose numbers a new one is compared with."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from gitgates.decision.authority import Say
from gitgates.decision.knowledge import Knowledge
from gitgates.decision.reports import refuted_claims
from gitgates.decision.signed import Signed
from gitgates.errors import UnknownVersion, UsageError
from gitgates.ledger.approved import approved_versions
from gitgates.ledger.live import LiveVersion, live_version
from gitgates.ledger.query import Opened, open_version
from gitgates.ledger.reading import Ledger
from gitgates.ledger.writing import refuse_incomplete
from gitgates.model.baselines import APPROVED, Asked
from gitgates.model.frozen import frozen
from gitgates.model.metrics import Metrics, ModelMetrics
from gitgates.model.names import ModelVersion
from gitgates.model.provenance import Baseline, Input
from gitgates.model.records import ReportRecord

if TYPE_CHECKING:
    from gitgates.model.custom import Measurement

COMPARED = ("quality_score", "latency_ms", "memory_mb")
"""The metrics of a model that are compared with a baseline."""


@frozen
class Found:
    """A report that serves as a baseline.

    Attributes:
        metrics: its numbers.
        why: in a few words why this version was chosen, "" where the caller named it.
    """

    name: ModelVersion
    report: Signed[ReportRecord]
    metrics: ModelMetrics
    why: str = ""

    @property
    def baseline(self) -> Baseline:
        """What the record of the comparison says of it."""
        return Baseline(source="record", record=self.report.id, metrics=self.metrics)

    def __str__(self) -> str:
        return f"{self.name}{f', {self.why}' if self.why else ''} (report {self.report.id[:12]})"


def find_baseline(ledger: Ledger, name: ModelVersion, context: str, asked: Asked, now: datetime) -> Found:
    """Return the report in `context` that `name` is to be compared with.

    Raises:
        UsageError: there is no such version or report, it is no other version's, or it cannot serve.
        CannotDecide: records are missing, so that another report may be the right one.
    """
    if isinstance(asked.which, ModelVersion):
        return _of_version(ledger, name, context, asked.which, now)
    if asked.which == APPROVED:
        return _approved(ledger, name, context, now)
    live = live_version(ledger, name.model, context, asked.target, now)
    if live.name == name:
        raise UsageError(
            f"{name} is itself what is live on {live.where}; compared with itself nothing could be worse",
            remedy="Name another baseline: approved, a model version or a file",
        )
    return of_live(live)


def refuse_other_numbers(found: Found, metrics: Metrics, inputs: Sequence[Input]) -> None:
    """Refuse to compare a number with one that was read from elsewhere, such as the score of another task.

    Where one of the two files gave it under the metric's own name, whoever wrote that file vouches for it.

    Args:
        metrics, inputs: what is compared with the report, and the files that it was read from.

    Raises:
        UsageError: names both.
    """
    ours, theirs = _read_from(inputs), _read_from(found.report.record.inputs)
    for metric in COMPARED:
        if getattr(metrics.model, metric, None) is None or getattr(found.metrics, metric) is None:
            continue
        if metric in ours and metric in theirs and ours[metric] != theirs[metric]:
            raise UsageError(
                f"{metric} is read from {ours[metric]}, and that of the baseline {found} from {theirs[metric]}",
                remedy="Take the same number, or choose another baseline",
            )


def _read_from(inputs: Sequence[Input]) -> dict[str, str]:
    """Return for each metric of the model the name of the number that it was read from, as far as that is told."""
    sources = (source for item in inputs if item.role == "model" for source in item.read_from or ())
    return {source.metric: source.path for source in sources}


def of_live(live: LiveVersion) -> Found:
    """Return the report that the live version's deployment rests on; raises as `find_baseline`."""
    return _serving(live.opened, live.context, live.reports, f"live on {live.where}")


def _of_version(ledger: Ledger, name: ModelVersion, context: str, other: ModelVersion, now: datetime) -> Found:
    if other == name:
        raise UsageError(f"--baseline: {name} cannot be compared with itself", remedy="Name another version")
    try:
        opened = open_version(ledger, other, now)
    except UnknownVersion as error:
        remedy = f"{error.remedy}; a file of that name is ./{other}"
        raise UsageError(f"--baseline: {error.message}", remedy=remedy) from None
    refuse_incomplete(opened.known)
    return _serving(opened, context, opened.known.latest_reports(context))


def _approved(ledger: Ledger, name: ModelVersion, context: str, now: datetime) -> Found:
    approved = [v for v in approved_versions(ledger, name.model, context, now, whole=True) if v.opened.name != name]
    if not approved:
        raise UsageError(
            f"no other version of {name.model} is approved in {context}", remedy="Name a model version or a file"
        )
    last = approved[-1].opened
    return _serving(last, context, last.known.latest_reports(context), "approved last")


def _serving(opened: Opened, context: str, reports: tuple[Signed[ReportRecord], ...], why: str = "") -> Found:
    """Return the report whose numbers serve; after a race there may be several, which must agree."""
    name = opened.name
    if not reports:
        raise UsageError(f"{name} has no report for {context} that counts", remedy="Choose another baseline")
    numbers = []
    for report in reports:
        if problem := _in_the_way(opened.known, report):
            raise UsageError(
                f"the report {report.id[:12]} of {name} for {context} cannot be a baseline: {problem}",
                remedy=f"Check {name} again, or choose another baseline",
            )
        measured = report.record.metrics
        numbers.append(((measured.model or ModelMetrics(None)).without_baseline(), _own(measured)))
    if any(other != numbers[0] for other in numbers):
        ids = ", ".join(report.id[:12] for report in reports)
        raise UsageError(
            f"{name} has several latest reports for {context}, and their numbers differ: {ids}",
            remedy=f"Check {name} again, which supersedes them, or choose another baseline",
        )
    return Found(name, reports[0], numbers[0][0], why)


def _in_the_way(known: Knowledge, report: Signed[ReportRecord]) -> str:
    standing = known.standings[report.id]
    if standing.say is not Say.FULL:
        return f"it can only count against: {standing.reason}"
    if report.record.metrics.model is None and not report.record.metrics.custom:
        return "it has no metrics of the model"
    return "; ".join(refuted_claims(report.record))


def _own(measured: Metrics) -> "tuple[Measurement, ...]":
    """Return the numbers of the project's own by themselves, with nothing that they were compared with."""
    return tuple(one.against(None) for one in measured.custom or ())
