"""The rules `gates/1`. Frozen: records rest on them for ever; what must change becomes `gates/2` beside this file.

| gate | a breach makes it | passes |
|---|---|---|
| tests | BLOCKED | no |
| model_quality | BLOCKED | no |
| security, critical | BLOCKED | no |
| security, high | WARNING | no |
| security, medium | FAILED in production, WARNING elsewhere | in production no |
| security, unknown severity | FAILED in production, WARNING elsewhere | in production no |
| any, a needed number missing | worst of its gate where evidence is required, else WARNING | only without that |
| any, nothing compared at all | NOT_RUN | no |

A minimum of 0 needs no number. A comparison with a baseline needs the current number as soon as the baseline has
one; without a baseline there is nothing to compare. A baseline of 0 is not comparable.
"""

from collections.abc import Callable, Iterator, Mapping
from math import isfinite
from typing import Any

from gitgates.gates import arithmetic
from gitgates.gates.findings import Finding, Verdict, not_run, result
from gitgates.model.checks import Evaluation, GateCheckResult
from gitgates.model.fields import Number
from gitgates.model.metrics import ModelMetrics, SecurityScanResults, TestMetrics
from gitgates.model.names import DeploymentContext
from gitgates.model.thresholds import GateThresholds

RULES = "gates/1"
GATES = ("tests", "model_quality", "security")


def _compare(met: bool, what: str, relation: str, otherwise: Verdict, threshold: str) -> Finding:
    return Finding(Verdict.MET if met else otherwise, f"{what} {relation}", threshold)


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.2f}%"


# --- tests ---------------------------------------------------------------------------------------------------------


def _test_findings(metrics: TestMetrics, limits: GateThresholds) -> Iterator[Finding]:
    ran = None if metrics.total_tests is None else metrics.total_tests - (metrics.skipped_tests or 0)
    if ran == 0:
        yield Finding(Verdict.BLOCKED, "no test ran")
    elif ran is None or metrics.passed_tests is None:
        if limits.min_test_pass_rate > 0:
            yield Finding(Verdict.MISSING, "pass rate not measured", "min_test_pass_rate")
    else:
        met = arithmetic.at_least_share(metrics.passed_tests, ran, limits.min_test_pass_rate)
        text = f"pass rate {_percent(metrics.pass_rate())} ({metrics.passed_tests}/{ran})"
        against = _against(met, _percent(limits.min_test_pass_rate))
        yield _compare(met, text, against, Verdict.BLOCKED, "min_test_pass_rate")
    if metrics.coverage_percent is not None:
        met = arithmetic.at_least_percent(metrics.coverage_percent, limits.min_code_coverage)
        text = f"coverage {metrics.coverage_percent:.2f}%"
        against = _against(met, _percent(limits.min_code_coverage))
        yield _compare(met, text, against, Verdict.BLOCKED, "min_code_coverage")
    elif limits.min_code_coverage > 0:
        yield Finding(Verdict.MISSING, "coverage not measured", "min_code_coverage")


def _against(met: bool, minimum: str) -> str:
    return f"meets {minimum}" if met else f"is below {minimum}"


def check_tests(metrics: TestMetrics | None, evaluation: Evaluation, timestamp: str) -> GateCheckResult:
    """Judge the pass rate and the coverage of a test run."""
    if metrics is None:
        return not_run("tests", timestamp)
    details: dict[str, Any] = metrics.to_dict()
    if metrics.total_tests is not None and metrics.passed_tests is not None:
        details["pass_rate"] = metrics.pass_rate()
    findings = _test_findings(metrics, evaluation.thresholds)
    return result("tests", findings, _missing(evaluation, Verdict.BLOCKED), details, timestamp)


# --- model quality -------------------------------------------------------------------------------------------------


def _change(
    what: str,
    value: Number | None,
    baseline: Number | None,
    exceeds: Callable[[Number, Number], bool],
    limit: str,
    threshold: str,
) -> Iterator[Finding]:
    """Compare one number with its baseline; nothing to say where the baseline has no such number."""
    if baseline is None:
        return
    if value is None:
        text = f"{what} not comparable: not measured, though the baseline is {baseline:g}"
        yield Finding(Verdict.MISSING, text, threshold, relative=True)
    elif baseline == 0:
        yield Finding(Verdict.MISSING, f"{what} not comparable: the baseline is 0", threshold, relative=True)
    else:
        over = exceeds(value, baseline)
        relation = "exceeds the allowed" if over else "within the allowed"
        text = f"{what} {value:g} against {baseline:g} {relation} {limit}"
        yield Finding(Verdict.BLOCKED if over else Verdict.MET, text, threshold, relative=True)


def _model_findings(metrics: ModelMetrics, limits: GateThresholds) -> Iterator[Finding]:
    if metrics.quality_score is not None:
        met = arithmetic.exact(metrics.quality_score) >= arithmetic.exact(limits.min_quality_score)
        text = f"quality score {metrics.quality_score:g}"
        yield _compare(met, text, _against(met, f"{limits.min_quality_score:g}"), Verdict.BLOCKED, "min_quality_score")
    elif limits.min_quality_score > 0:
        yield Finding(Verdict.MISSING, "quality score not measured", "min_quality_score")
    yield from _change(
        "quality score",
        metrics.quality_score,
        metrics.baseline_quality_score,
        lambda value, base: arithmetic.shrank_more_than(value, base, limits.max_regression),
        f"regression of {_percent(limits.max_regression)}",
        "max_regression",
    )
    yield from _change(
        "latency",
        metrics.latency_ms,
        metrics.baseline_latency_ms,
        lambda value, base: arithmetic.grew_more_than(value, base, limits.max_latency_increase),
        f"increase of {_percent(limits.max_latency_increase)}",
        "max_latency_increase",
    )
    yield from _change(
        "memory",
        metrics.memory_mb,
        metrics.baseline_memory_mb,
        lambda value, base: arithmetic.grew_more_than_percent(value, base, limits.max_memory_increase_percent),
        f"increase of {limits.max_memory_increase_percent:g}%",
        "max_memory_increase_percent",
    )
    if metrics.throughput_tokens_per_sec is not None:
        minimum = limits.min_throughput_tokens_per_sec
        met = arithmetic.exact(metrics.throughput_tokens_per_sec) >= arithmetic.exact(minimum)
        text = f"throughput {metrics.throughput_tokens_per_sec:g} tokens/s"
        against = _against(met, f"{minimum:g}")
        yield _compare(met, text, against, Verdict.BLOCKED, "min_throughput_tokens_per_sec")
    elif limits.min_throughput_tokens_per_sec > 0:
        yield Finding(Verdict.MISSING, "throughput not measured", "min_throughput_tokens_per_sec")


def check_model_quality(metrics: ModelMetrics | None, evaluation: Evaluation, timestamp: str) -> GateCheckResult:
    """Judge the quality of a model by itself and against the baseline that its metrics carry."""
    if metrics is None:
        return not_run("model_quality", timestamp)
    details: dict[str, Any] = metrics.to_dict()
    changes = {
        "regression_percent": metrics.regression_percent(),
        "latency_increase_percent": metrics.latency_increase_percent(),
        "memory_increase_percent": metrics.memory_increase_percent(),
    }
    details |= {name: value for name, value in changes.items() if value is not None and isfinite(value)}
    findings = _model_findings(metrics, evaluation.thresholds)
    return result("model_quality", findings, _missing(evaluation, Verdict.BLOCKED), details, timestamp)


# --- security ------------------------------------------------------------------------------------------------------


def _security_findings(metrics: SecurityScanResults, evaluation: Evaluation) -> Iterator[Finding]:
    limits = evaluation.thresholds
    minor = Verdict.FAILED if evaluation.profile is DeploymentContext.PRODUCTION else Verdict.NOTED
    levels = (
        ("critical", metrics.critical_vulnerabilities, limits.max_critical_vulnerabilities, Verdict.BLOCKED),
        ("high", metrics.high_vulnerabilities, limits.max_high_vulnerabilities, Verdict.REFUSED),
        ("medium", metrics.medium_vulnerabilities, limits.max_medium_vulnerabilities, minor),
    )
    for level, count, limit, otherwise in levels:
        threshold = f"max_{level}_vulnerabilities"
        if count is None:
            yield Finding(Verdict.MISSING, f"{level} vulnerabilities not measured", threshold)
        else:
            relation = f"(at most {limit})" if count <= limit else f"(more than the allowed {limit})"
            yield _compare(count <= limit, f"{count} {level}", relation, otherwise, threshold)
    if metrics.unknown_vulnerabilities:
        yield Finding(minor, f"{metrics.unknown_vulnerabilities} of unknown severity")


def check_security(metrics: SecurityScanResults | None, evaluation: Evaluation, timestamp: str) -> GateCheckResult:
    """Judge the counts of a security scan."""
    if metrics is None:
        return not_run("security", timestamp)
    details: dict[str, Any] = metrics.to_dict()
    if any(name.endswith("_vulnerabilities") for name in details):
        details["total_vulnerabilities"] = metrics.total_vulnerabilities()
    findings = _security_findings(metrics, evaluation)
    return result("security", findings, _missing(evaluation, Verdict.FAILED), details, timestamp)


def _missing(evaluation: Evaluation, with_evidence: Verdict) -> Verdict:
    return with_evidence if evaluation.require_evidence else Verdict.NOTED


# --- all -----------------------------------------------------------------------------------------------------------


def evaluate(evaluation: Evaluation, timestamp: str = "") -> tuple[GateCheckResult, ...]:
    """Run every gate that something was measured for or that is required, in the order of `GATES`."""
    metrics, required = evaluation.metrics, evaluation.required_gates
    checks = []
    if metrics.tests is not None or "tests" in required:
        checks.append(check_tests(metrics.tests, evaluation, timestamp))
    if metrics.model is not None or "model_quality" in required:
        checks.append(check_model_quality(metrics.model, evaluation, timestamp))
    if metrics.security is not None or "security" in required:
        checks.append(check_security(metrics.security, evaluation, timestamp))
    return tuple(checks)


def findings(evaluation: Evaluation) -> Mapping[str, tuple[Finding, ...]]:
    """Return by gate all that was compared, or could not be, for the gates that something was measured for."""
    metrics = evaluation.metrics
    found: dict[str, tuple[Finding, ...]] = {}
    if metrics.tests is not None:
        found["tests"] = tuple(_test_findings(metrics.tests, evaluation.thresholds))
    if metrics.model is not None:
        found["model_quality"] = tuple(_model_findings(metrics.model, evaluation.thresholds))
    if metrics.security is not None:
        found["security"] = tuple(_security_findings(metrics.security, evaluation))
    return found
