"""What was measured, judged: which thresholds and metrics hold, and what becomes of the gates."""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from gitgates.api.request import Request
from gitgates.api.session import Session
from gitgates.config.files import ConfigFile, configs_in, find_tables
from gitgates.config.resolve import Resolved, resolve
from gitgates.decision.reports import without_required_baseline
from gitgates.errors import UsageError
from gitgates.gates.evaluate import CURRENT_RULES, evaluate
from gitgates.ledger.recording import under_policy
from gitgates.model.checks import Evaluation, QualityGateReport
from gitgates.model.names import DeploymentContext
from gitgates.model.policy import ContextPolicy
from gitgates.model.provenance import Origin, Provenance

if TYPE_CHECKING:
    from gitgates.model.custom import MetricRule


def judge(
    session: Session, request: Request, required: ContextPolicy, contexts: Sequence[ContextPolicy]
) -> tuple[QualityGateReport, Resolved]:
    """Return the report on what was measured, and the thresholds with their origins.

    Args:
        contexts: all of the policy's; none where there is no ledger.

    Raises:
        UsageError: a threshold is looser than the policy's floor, or no baseline is given where the policy asks for
            one: such a report could allow nothing.
        ConfigError: what the project's files say cannot be meant.
    """
    names = dict.fromkeys((*DeploymentContext, *(context.name for context in contexts)))
    files = configs_in(request.tables or find_tables(session.path or os.curdir), names)
    production = next((context for context in contexts if context.name == DeploymentContext.PRODUCTION), None)
    floors = _floors(production) if request.strict else None
    resolved = resolve(required.name, required.profile, files, request.thresholds, strict=request.strict, floors=floors)
    inputs = request.inputs
    if problem := without_required_baseline(inputs.metrics, inputs.baseline, required):
        raise UsageError(
            f"{request.name} {problem} for {required.name}",
            remedy="Give --metrics, and --baseline with what it asks for: a file, NAME:VERSION, live or approved",
        )
    evaluation = Evaluation(CURRENT_RULES, required.profile, (), False, resolved.thresholds, inputs.metrics)
    pinned = production.metric_rules or () if request.strict and production is not None else ()
    evaluation = under_policy(_with_own_metrics(evaluation, request, required, files, pinned), required)
    timestamp = session.clock().isoformat()
    report = QualityGateReport(
        required.name,
        request.name.model,
        request.name.version,
        timestamp,
        evaluate(evaluation, timestamp),
        evaluation=evaluation,
        provenance=Provenance(
            tuple(Origin(name, origin) for name, origin in resolved.set_origins()),
            inputs.files,
            inputs.baseline,
            request.afs_status,
            claims=request.claims,
        ),
    )
    return report, resolved


def _floors(production: ContextPolicy | None) -> Mapping[str, float]:
    return {floor.threshold: floor.value for floor in production.floors} if production is not None else {}


def _with_own_metrics(
    evaluation: Evaluation,
    request: Request,
    required: ContextPolicy,
    files: Sequence[ConfigFile],
    production: "Sequence[MetricRule]",
) -> Evaluation:
    """Return `evaluation` with the metrics of the project's own, as the policy and the files define them.

    Args:
        production: what the policy pins there, where it holds here too.
    """
    if not required.metric_rules and not production and not any(file.metrics for file in files):
        return evaluation
    from gitgates.api.measuring import measurements  # few projects have metrics of their own
    from gitgates.config.metric_rules import rules_in_force

    rules = rules_in_force(
        required.name, files, required.metric_rules or (), strict=request.strict, production=production
    )
    inputs = request.inputs
    numbers = measurements(inputs, rules, None if request.compared is None else request.compared.report)
    return attrs.evolve(evaluation, metrics=attrs.evolve(inputs.metrics, custom=numbers), metric_rules=rules)
