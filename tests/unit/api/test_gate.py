"""`QualityGate`, as Python programs use it."""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import pytest

from gitgates.api.gate import QualityGate
from gitgates.errors import ConfigError, InvalidValue
from gitgates.gates.evaluate import evaluate
from gitgates.model.checks import GateCheckResult, GateStatus, QualityGateReport
from gitgates.model.metrics import ModelMetrics, SecurityScanResults, TestMetrics
from gitgates.model.names import DeploymentContext
from gitgates.model.provenance import Baseline, Origin
from gitgates.model.thresholds import GateThresholds, default_thresholds

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TESTS = TestMetrics(100, 100, 0, 0, 1.5, 95)
MODEL = ModelMetrics(0.9, latency_ms=100, throughput_tokens_per_sec=50)
SCAN = SecurityScanResults(0, 0, 0, 0)
EVENTS = ("gate_passed", "gate_failed", "gate_blocked", "all_gates_passed", "gates_failed", "gates_blocked")


def _gate(context: str = "staging", thresholds: GateThresholds | None = None) -> QualityGate:
    return QualityGate(context, thresholds, clock=lambda: NOW)


# --- making one ---


def test_contexts() -> None:
    assert QualityGate().context is DeploymentContext.STAGING
    assert QualityGate("production").context is DeploymentContext.PRODUCTION
    assert QualityGate.development().context is DeploymentContext.DEVELOPMENT
    assert QualityGate.staging().context is DeploymentContext.STAGING
    assert QualityGate.production().context is DeploymentContext.PRODUCTION


@pytest.mark.parametrize("context", ["prod", "", "PRODUCTION", None])
def test_an_unknown_context_raises(context: Any) -> None:
    with pytest.raises(ValueError, match="unknown context") as caught:
        QualityGate(context)
    assert isinstance(caught.value, InvalidValue)


@pytest.mark.parametrize("context", DeploymentContext)
def test_thresholds_inherit_the_defaults_of_the_context(context: DeploymentContext) -> None:
    makers = {
        "development": QualityGate.development,
        "staging": QualityGate.staging,
        "production": QualityGate.production,
    }
    given = GateThresholds(min_quality_score=0.61)
    changed = default_thresholds(context).to_dict() | {"min_quality_score": 0.61}
    for gate in (makers[context](), QualityGate(context)):
        assert gate.thresholds == default_thresholds(context)
    for gate in (makers[context](given), QualityGate(context, given)):
        assert gate.thresholds.to_dict() == changed


def test_from_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text("[tool.afs.gates.production]\nmin_code_coverage = 0.99\n")
    inner = tmp_path / "src"
    inner.mkdir()
    monkeypatch.chdir(inner)
    for gate in (
        QualityGate.from_config("production"),
        QualityGate.from_config(DeploymentContext.PRODUCTION, str(path)),
        QualityGate.from_config("production", str(tmp_path)),
        QualityGate.from_config("production", inner),  # type: ignore[arg-type] # a Path does too
    ):
        assert gate.thresholds.min_code_coverage == 0.99
        assert gate.thresholds.min_quality_score == 0.85
    report = gate.check_all("veran", "v1", TESTS)
    assert report.provenance.origins == (Origin("min_code_coverage", "pyproject.toml"),)


def test_from_config_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gates.toml: there is no such file, or it sets no gates"):
        QualityGate.from_config("staging", str(tmp_path / "gates.toml"))
    with pytest.raises(InvalidValue, match="unknown context"):
        QualityGate.from_config("prod", str(tmp_path))


# --- single checks ---


def test_single_checks() -> None:
    gate = _gate()
    checks = gate.check_tests(TESTS), gate.check_model_quality(MODEL), gate.check_security(SCAN)
    assert [check.gate_name for check in checks] == ["tests", "model_quality", "security"]
    assert all(check.passed and check.timestamp == NOW.isoformat() for check in checks)


def test_an_explicit_baseline_beats_the_fields_and_nothing_is_modified() -> None:
    metrics = ModelMetrics(0.9, throughput_tokens_per_sec=50, baseline_quality_score=0.9)
    before = attrs.asdict(metrics)
    baseline = ModelMetrics(1.0)
    check = _gate().check_model_quality(metrics, baseline)
    assert check.status is GateStatus.BLOCKED
    assert "regression" in check.message
    assert attrs.asdict(metrics) == before
    assert baseline == ModelMetrics(1.0)
    assert _gate().check_model_quality(metrics).passed


def test_a_missing_latency_with_a_baseline_latency_is_never_fine() -> None:
    metrics, baseline = ModelMetrics(0.9, throughput_tokens_per_sec=50), ModelMetrics(0.9, latency_ms=100)
    staged = _gate().check_model_quality(metrics, baseline)
    assert (staged.status, staged.passed) == (GateStatus.WARNING, True)
    assert "not comparable" in staged.message
    assert _gate("production").check_model_quality(metrics, baseline).status is GateStatus.BLOCKED


def test_what_is_not_measured_fails_in_production_only() -> None:
    metrics = TestMetrics(10, 10)
    assert _gate("production").check_tests(metrics).status is GateStatus.BLOCKED
    for context in ("staging", "development"):
        assert _gate(context).check_tests(metrics).status is GateStatus.WARNING


# --- all checks ---


def test_check_all() -> None:
    baseline = ModelMetrics(0.89, latency_ms=99)
    report = _gate("production").check_all("veran", "v6.2", TESTS, MODEL, SCAN, baseline)
    assert (report.model_name, report.model_version, report.timestamp) == ("veran", "v6.2", NOW.isoformat())
    assert [check.gate_name for check in report.checks] == ["tests", "model_quality", "security"]
    assert report.all_passed()
    json.dumps(report.to_dict(), allow_nan=False)


def test_a_report_carries_what_it_was_computed_from() -> None:
    baseline = ModelMetrics(0.89, latency_ms=99)
    gate = _gate("production", GateThresholds(max_regression=0.01))
    report = gate.check_all("veran", "v6.2", TESTS, MODEL, SCAN, baseline)
    assert report.evaluation is not None
    assert evaluate(report.evaluation, report.timestamp) == report.checks
    assert report.evaluation.rules == "gates/1"
    assert report.evaluation.require_evidence
    assert report.evaluation.metrics.model == MODEL.with_baseline(baseline)
    assert report.provenance.baseline == Baseline(source="values", metrics=baseline)
    assert report.provenance.origins == (Origin("max_regression", "call"),)


def test_check_all_judges_what_is_given() -> None:
    assert [check.gate_name for check in _gate().check_all("veran", "v1", security_results=SCAN).checks] == ["security"]
    empty = _gate().check_all("veran", "v1")
    assert empty.checks == ()
    assert not empty.all_passed()


def test_a_baseline_without_metrics() -> None:
    with pytest.raises(InvalidValue, match="baseline_model_metrics: a baseline is given without model metrics"):
        _gate().check_all("veran", "v1", baseline_model_metrics=MODEL)


@pytest.mark.parametrize(("name", "version"), [("veran:x", "v1"), ("", "v1"), ("veran", ".."), ("veran", None)])
def test_names_that_no_model_version_can_have(name: Any, version: Any) -> None:
    with pytest.raises(InvalidValue):
        _gate().check_all(name, version, TESTS)


# --- callbacks ---


def _fired(gate: QualityGate, act: Callable[[], object]) -> list[tuple[str, str]]:
    fired: list[tuple[str, str]] = []

    def listen(event: str) -> Callable[[Any], None]:
        return lambda value: fired.append((event, getattr(value, "gate_name", "report")))

    for event in EVENTS:
        gate.register_callback(event, listen(event))
    act()
    return fired


def test_events_of_a_good_version() -> None:
    gate = _gate()
    assert _fired(gate, lambda: gate.check_all("veran", "v1", TESTS, None, SCAN)) == [
        ("gate_passed", "tests"), ("gate_passed", "security"), ("all_gates_passed", "report"),
    ]  # fmt: skip


def test_events_of_a_blocked_version() -> None:
    gate = _gate()
    assert _fired(gate, lambda: gate.check_all("veran", "v1", TestMetrics(10, 1), None, SCAN)) == [
        ("gate_failed", "tests"), ("gate_blocked", "tests"), ("gate_passed", "security"),
        ("gates_failed", "report"), ("gates_blocked", "report"),
    ]  # fmt: skip


def test_events_of_a_failed_version() -> None:
    gate = _gate()
    assert _fired(gate, lambda: gate.check_all("veran", "v1", None, None, SecurityScanResults(0, 9, 0))) == [
        ("gate_failed", "security"), ("gates_failed", "report"),
    ]  # fmt: skip


def test_events_where_nothing_ran() -> None:
    gate = _gate()
    assert _fired(gate, lambda: gate.check_all("veran", "v1")) == [("gates_failed", "report")]


def test_single_checks_tell_callbacks_too() -> None:
    gate = _gate()
    assert _fired(gate, lambda: gate.check_tests(TestMetrics(10, 1))) == [
        ("gate_failed", "tests"),
        ("gate_blocked", "tests"),
    ]


def test_an_unknown_event_raises() -> None:
    with pytest.raises(ValueError, match=f"unknown event 'gate_pased'. Known events: {', '.join(EVENTS)}"):
        _gate().register_callback("gate_pased", print)


def test_a_callback_that_raises_is_logged_and_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    gate = _gate()
    called: list[QualityGateReport] = []

    def broken(_: object) -> None:
        raise RuntimeError("out of order")

    gate.register_callback("gate_passed", broken)
    gate.register_callback("all_gates_passed", broken)
    gate.register_callback("all_gates_passed", called.append)
    with caplog.at_level(logging.ERROR, "gitgates"):
        report = gate.check_all("veran", "v1", TESTS)
    assert report.all_passed()
    assert called == [report]
    assert [record.getMessage() for record in caplog.records] == [
        "a callback for gate_passed raised", "a callback for all_gates_passed raised",
    ]  # fmt: skip


# --- summary ---


def _report(*checks: GateCheckResult) -> QualityGateReport:
    return QualityGateReport(DeploymentContext.STAGING, "veran", "v6.2", checks=checks)


def test_summary_string() -> None:
    passed = GateCheckResult("tests", GateStatus.PASSED, True, "all fine")
    warned = GateCheckResult("model_quality", GateStatus.WARNING, True, "throughput not measured")
    failed = GateCheckResult("security", GateStatus.WARNING, False, "3 high")
    blocked = GateCheckResult("security", GateStatus.BLOCKED, False, "1 critical")
    assert QualityGate.summary_string(_report(passed, warned)) == (
        "veran:v6.2 staging: PASSED\n  [pass] tests: all fine\n  [warn] model_quality: throughput not measured"
    )
    assert _gate().summary_string(_report(failed)) == "veran:v6.2 staging: FAILED\n  [fail] security: 3 high"
    assert QualityGate.summary_string(_report(blocked)).startswith("veran:v6.2 staging: BLOCKED\n")
    assert QualityGate.summary_string(_report()) == "veran:v6.2 staging: FAILED\n  no gate ran"
