"""`check`: from files to a report, judged under the policy and recorded in the ledger."""

import os
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import attrs

from gitgates.api.inputs import Inputs, with_baseline
from gitgates.api.session import Session
from gitgates.codec.policy_toml import default_context
from gitgates.config.files import ConfigFile, find_config
from gitgates.config.resolve import Resolved, resolve
from gitgates.decision.reports import without_required_baseline
from gitgates.errors import NoLedger, NoRepository, UsageError
from gitgates.gates.evaluate import CURRENT_RULES, evaluate
from gitgates.ledger.query import open_version, required_in
from gitgates.ledger.reading import Ledger
from gitgates.ledger.recording import record_report, under_policy
from gitgates.ledger.subject import find_subject
from gitgates.ledger.writing import Written
from gitgates.model.baselines import Asked
from gitgates.model.checks import Evaluation, QualityGateReport
from gitgates.model.frozen import frozen
from gitgates.model.names import DeploymentContext, ModelVersion
from gitgates.model.policy import ContextPolicy
from gitgates.model.provenance import Artifact, Origin, Provenance
from gitgates.model.thresholds import GateThresholds

if TYPE_CHECKING:
    from gitgates.ledger.baselines import Found


@frozen(kw_only=True)
class Request:
    """What is to be checked.

    Attributes:
        thresholds: what the caller sets beyond the configuration.
        strict: use production's thresholds wherever they are stricter.
        baseline: what of the ledger to compare with; a file is among the inputs.
        compared: the report that this turned out to be; its numbers are then among the inputs.
        commit: a revision; None for HEAD.
    """

    name: ModelVersion
    context: str
    inputs: Inputs
    thresholds: GateThresholds | None = None
    strict: bool = False
    baseline: Asked | None = None
    compared: "Found | None" = None
    commit: str | None = None
    artifacts: tuple[Artifact, ...] = ()


@frozen
class Checked:
    """What came of it.

    Attributes:
        written: None where nothing was recorded.
        compared: the report of the ledger that served as the baseline.
    """

    report: QualityGateReport
    resolved: Resolved
    written: Written | None
    compared: "Found | None" = None


def check_without_record(session: Session, request: Request) -> Checked:
    """Judge a request under the ledger's policy, or under the defaults where there is no ledger."""
    try:
        with session.open() as ledger:
            required, contexts = required_in(ledger, request.context), contexts_in(ledger)
            request = _compared(ledger, request, session.clock())
    except (NoLedger, NoRepository):
        if request.context not in list(DeploymentContext):
            known = ", ".join(DeploymentContext)
            raise UsageError(f"--context: unknown context {request.context!r}", remedy=f"Use one of {known}") from None
        if request.baseline is not None:
            raise
        required, contexts = default_context(DeploymentContext(request.context)), tuple(DeploymentContext)
    report, resolved = judge(session, request, required, contexts)
    return Checked(report, resolved, None, request.compared)


def check_and_record(session: Session, request: Request) -> Checked:
    """Judge a request and append the report.

    Raises:
        NoLedger, SigningError: there is no ledger or no key; the remedies name `init` and `--no-record`.
        UsageError: an unknown context, or a threshold looser than the policy's floor.
        NotAllowed, CannotDecide: see `ledger.writing.Writer`.
    """
    with session.open() as ledger:
        required = required_in(ledger, request.context)
        now = session.clock()
        request = _compared(ledger, request, now)
        report, resolved = judge(session, request, required, contexts_in(ledger))
        writer = session.writer(ledger, now)
        opened = open_version(ledger, request.name, now, must_exist=False)
        subject = find_subject(ledger.repository, request.commit, request.artifacts)
        written = record_report(writer, opened.known, report, required, subject)
    return Checked(report, resolved, written, request.compared)


def _compared(ledger: Ledger, request: Request, now: datetime) -> Request:
    """Return the request with the baseline that it asks the ledger for."""
    if request.baseline is None:
        return request
    from gitgates.ledger.baselines import find_baseline  # most checks ask for none

    return compared_with(request, find_baseline(ledger, request.name, request.context, request.baseline, now))


def compared_with(request: Request, found: "Found") -> Request:
    """Return the request with the numbers of a report of the ledger, and of nothing else, to compare with.

    Raises:
        UsageError: there are no metrics of the model to compare.
    """
    return attrs.evolve(request, inputs=with_baseline(request.inputs, found.baseline), compared=found)


def contexts_in(ledger: Ledger) -> tuple[str, ...]:
    """Return the contexts for which the project's files may set thresholds."""
    return (*DeploymentContext, *(context.name for context in ledger.chain.current().contexts))


def judge(
    session: Session, request: Request, required: ContextPolicy, contexts: tuple[str, ...]
) -> tuple[QualityGateReport, Resolved]:
    """Return the report on what was measured, and the thresholds with their origins.

    Raises:
        UsageError: a threshold is looser than the policy's floor, or no baseline is given where the policy asks for
            one: such a report could allow nothing.
    """
    files = find_config(session.path or os.curdir, contexts)
    resolved = resolve(required.name, required.profile, files, request.thresholds, strict=request.strict)
    inputs = request.inputs
    if problem := without_required_baseline(inputs.metrics, inputs.baseline, required):
        raise UsageError(
            f"{request.name} {problem} for {required.name}",
            remedy="Give --metrics, and --baseline with what it asks for: a file, NAME:VERSION, live or approved",
        )
    evaluation = Evaluation(CURRENT_RULES, required.profile, (), False, resolved.thresholds, inputs.metrics)
    evaluation = under_policy(_with_own_metrics(evaluation, request, required, files), required)
    timestamp = session.clock().isoformat()
    report = QualityGateReport(
        required.name,
        request.name.model,
        request.name.version,
        timestamp,
        evaluate(evaluation, timestamp),
        evaluation=evaluation,
        provenance=Provenance(
            tuple(Origin(name, origin) for name, origin in resolved.set_origins()), inputs.files, inputs.baseline
        ),
    )
    return report, resolved


def _with_own_metrics(
    evaluation: Evaluation, request: Request, required: ContextPolicy, files: Sequence[ConfigFile]
) -> Evaluation:
    """Return `evaluation` with the metrics of the project's own, as the policy and the files define them."""
    inputs = request.inputs
    readings = (inputs.model, inputs.compared)
    if not required.metric_rules and not any(file.metrics for file in files):
        if any(reading is not None and reading.strangers for reading in readings):
            from gitgates.api.measuring import refuse_strangers

            refuse_strangers(inputs)
        return evaluation
    from gitgates.api.measuring import measurements  # few projects have metrics of their own
    from gitgates.config.metric_rules import rules_in_force

    rules = rules_in_force(required.name, files, required.metric_rules or (), strict=request.strict)
    numbers = measurements(inputs, rules, None if request.compared is None else request.compared.report)
    return attrs.evolve(evaluation, metrics=attrs.evolve(inputs.metrics, custom=numbers), metric_rules=rules)
