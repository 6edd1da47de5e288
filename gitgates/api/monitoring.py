"""Monitoring: production metrics of what is live, against the report that its deployment rests on."""

from datetime import datetime
from typing import cast

import attrs

from gitgates.api.checking import compared_with, contexts_in, with_inputs
from gitgates.api.files import Files
from gitgates.api.inputs import Inputs
from gitgates.api.judging import judge
from gitgates.api.request import Request
from gitgates.api.session import Session
from gitgates.config.resolve import Resolved
from gitgates.decision.authority import ROLE_NEEDED
from gitgates.decision.waivers import Waivers, active_waivers, left_failing, passes, serving, waived_by
from gitgates.errors import NotAllowed, UsageError
from gitgates.gates.evaluate import evaluate
from gitgates.gates.measured import as_measured, missing_numbers, nothing_compared
from gitgates.ledger.baselines import Found, of_live
from gitgates.ledger.live import LiveVersion, live_version
from gitgates.ledger.query import required_in
from gitgates.ledger.reading import Ledger
from gitgates.ledger.recording import record_report
from gitgates.ledger.writing import Writer, Written
from gitgates.model.checks import Evaluation, QualityGateReport
from gitgates.model.frozen import frozen
from gitgates.model.metrics import ModelMetrics
from gitgates.model.policy import BaselineRule, ContextPolicy
from gitgates.model.records import RollbackRecord


@frozen(kw_only=True)
class Watch:
    """What is to be checked.

    Attributes:
        version: which version must be the live one; None for whichever is.
        target: where; None for wherever the context has it.
        rolls_back: whether a failure is to be followed by a rollback, which must be possible then.
    """

    model: str
    version: str | None
    context: str
    target: str | None
    files: Files
    rolls_back: bool = False


@frozen
class Monitored:
    """What came of it.

    Attributes:
        written: None where nothing was recorded.
        notes: what readers of the files should know beside the numbers.
        not_judged: what the project's own metrics could not be judged by, for lack of a number, in words.
        waivers: those of what fails.
        excused: whether the report failed, and is taken as passed with what was waived.
        worse: each number that is beyond what is allowed and not waived, in words. A report can also fail for lack of
            numbers.
    """

    live: LiveVersion
    compared: Found
    report: QualityGateReport
    resolved: Resolved
    written: Written | None
    notes: tuple[str, ...]
    not_judged: tuple[str, ...]
    waivers: Waivers
    excused: bool
    worse: tuple[str, ...]

    @property
    def fine(self) -> bool:
        """Whether what is live may stay."""
        return self.report.all_passed() or self.excused


def monitor(session: Session, watch: Watch, *, record: bool = True) -> Monitored:
    """Judge the metrics under the policy of the context, and append the report as one made after deployment.

    Raises:
        UsageError: nothing is live there, several versions are, or another than the one named; no number is one that
            the context judges; a rollback was asked for and would not know its target.
        NotAllowed: the signer may not write reports, or not rollbacks where one may be needed.
        CannotDecide: what is live, or what it rests on, cannot be told for certain.
    """
    with session.open() as ledger:
        required = required_in(ledger, watch.context)
        now = session.clock()
        live = _live(ledger, watch, now)
        writer = session.writer(ledger, now) if record else None
        if writer is not None and watch.rolls_back:
            _refuse_impossible_rollback(ledger, writer, live)
        found = of_live(live)
        required = _after_deployment(required)
        request = Request(name=live.name, context=required.name, files=watch.files)
        contexts = contexts_in(ledger)
        request = compared_with(with_inputs(session, request, required, contexts, own_names=True), found)
        request = attrs.evolve(request, inputs=_with_numbers(request.inputs))
        report, resolved = judge(session, request, required, contexts)
        report, evaluation, not_judged = _as_measured(report, required)
        written = None
        if writer is not None:
            subject = found.report.record.subject  # the numbers are of what was deployed, not of what lies here
            # What the policy says of metrics of the project's own has been asked; of some no number is there.
            asked = attrs.evolve(required, metric_rules=None)
            written = record_report(writer, live.opened.known, report, asked, subject, "post")
    waivers = serving(evaluation, active_waivers(live.opened.known, found.report, required))
    waived = waived_by(waivers)
    excused = not report.all_passed() and bool(waivers) and passes(evaluation, waived)
    worse = left_failing(evaluation, waived)
    return Monitored(live, found, report, resolved, written, request.inputs.notes, not_judged, waivers, excused, worse)


def _after_deployment(required: ContextPolicy) -> ContextPolicy:
    """Return what is asked of a report after deployment: the gates and baseline were judged before it."""
    return attrs.evolve(required, required_gates=(), require_baseline=BaselineRule.NONE)


def _with_numbers(inputs: Inputs) -> Inputs:
    """Return `inputs` without the model's metrics where nothing but their baseline is there."""
    model, baseline = inputs.metrics.model, inputs.baseline
    if baseline is None or model is None or model.without_baseline().to_dict():
        return inputs
    compared = attrs.evolve(baseline, metrics=ModelMetrics(None))
    return attrs.evolve(inputs, metrics=attrs.evolve(inputs.metrics, model=None), baseline=compared)


def _as_measured(
    report: QualityGateReport, required: ContextPolicy
) -> tuple[QualityGateReport, Evaluation, tuple[str, ...]]:
    """Return a report on the metrics of the project's own that were measured, and in words which were not."""
    evaluation, not_judged = as_measured(cast(Evaluation, report.evaluation))  # which `judge` made
    if nothing_compared(evaluation):
        missing = "; ".join(dict.fromkeys((*missing_numbers(evaluation), *not_judged)))
        raise UsageError(
            f"nothing to monitor: no number is one that {required.name} judges{f' ({missing})' if missing else ''}",
            remedy="Give the metrics that the live version's report has",
        )
    checks = evaluate(evaluation, report.timestamp)
    return attrs.evolve(report, evaluation=evaluation, checks=checks), evaluation, not_judged


def _live(ledger: Ledger, watch: Watch, now: datetime) -> LiveVersion:
    live = live_version(ledger, watch.model, watch.context, watch.target, now)
    if watch.version not in (None, live.name.version):
        raise UsageError(
            f"{watch.model}:{watch.version} is not live in {watch.context}: {live.name} is, on {live.where}",
            remedy="Give the metrics of what is live; `gitgates live` shows it",
        )
    return live


def _refuse_impossible_rollback(ledger: Ledger, writer: Writer, live: LiveVersion) -> None:
    """Find out before anything is recorded what would be in the way of a rollback."""
    if len(live.targets) > 1:
        raise UsageError(f"{live.name} is live on {live.where}", remedy="Name the one to roll back with --target")
    needed = ROLE_NEEDED[RollbackRecord]
    if needed not in ledger.chain.current().roles_of(writer.principal):
        raise NotAllowed(
            f"{writer.principal} is no {needed}, and could not roll {live.name} back",
            remedy="Ask an admin for the role",
        )
