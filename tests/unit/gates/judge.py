"""What the tests of the rules share: judge metrics under the defaults of a context, with some limits changed."""

import json

from gitgates.gates import rules_1
from gitgates.gates.evaluate import CURRENT_RULES
from gitgates.model.checks import Evaluation, GateCheckResult, GateStatus
from gitgates.model.metrics import Metrics, ModelMetrics, SecurityScanResults, TestMetrics
from gitgates.model.names import DeploymentContext
from gitgates.model.thresholds import GateThresholds, default_thresholds

PASSED, FAILED, BLOCKED, WARNING, NOT_RUN = GateStatus
DEVELOPMENT, STAGING, PRODUCTION = DeploymentContext


def evaluation_in(context: DeploymentContext, evidence: bool, required: tuple[str, ...], **limits: float) -> Evaluation:
    thresholds = GateThresholds.from_dict(default_thresholds(context).to_dict() | limits)
    return Evaluation(CURRENT_RULES, context, required, evidence, thresholds, Metrics())


def judge_tests(metrics: TestMetrics | None, context: DeploymentContext = STAGING, **limits: float) -> GateCheckResult:
    return rules_1.check_tests(metrics, evaluation_in(context, context is PRODUCTION, (), **limits), "")


def judge_model(metrics: ModelMetrics | None, context: DeploymentContext = STAGING, **limits: float) -> GateCheckResult:
    limits = {"min_throughput_tokens_per_sec": 0, **limits}
    return rules_1.check_model_quality(metrics, evaluation_in(context, context is PRODUCTION, (), **limits), "")


def judge_security(
    metrics: SecurityScanResults | None, context: DeploymentContext = STAGING, **limits: float
) -> GateCheckResult:
    return rules_1.check_security(metrics, evaluation_in(context, context is PRODUCTION, (), **limits), "")


def outcome(check: GateCheckResult) -> tuple[GateStatus, bool]:
    json.dumps(check.to_dict(), allow_nan=False)
    return check.status, check.passed
