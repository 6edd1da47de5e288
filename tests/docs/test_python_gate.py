"""`QualityGate` as scripts for afs.gates use it: thresholds, callbacks, summaries."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from gitgates import (
    DeploymentContext,
    GateStatus,
    GateThresholds,
    ModelMetrics,
    QualityGate,
    SecurityScanResults,
    TestMetrics,
)
from gitgates.errors import ConfigError, InvalidValue
from tests.docs.afs_world import bad_model, good_model, good_tests

EVENTS = ("gate_passed", "gate_failed", "gate_blocked", "all_gates_passed", "gates_failed", "gates_blocked")


def test_single_checks() -> None:
    gate = QualityGate()
    assert gate.context is DeploymentContext.STAGING
    assert gate.check_tests(good_tests()).passed
    assert gate.check_security(SecurityScanResults(0, 0, 0, 0, "", "trivy")).passed
    assert gate.check_security(SecurityScanResults(1, 0, 0, 0, "", "trivy")).status is GateStatus.BLOCKED
    high = gate.check_security(SecurityScanResults(0, 3, 0, 0, "", "trivy"))
    assert (high.status, high.passed) == (GateStatus.WARNING, False)


def test_the_baseline_that_is_given_beats_the_fields_and_nothing_is_modified() -> None:
    metrics = ModelMetrics(0.85, throughput_tokens_per_sec=50.0, baseline_quality_score=0.95)
    before = repr(metrics)
    gate = QualityGate.staging()
    assert not gate.check_model_quality(metrics).passed
    assert gate.check_model_quality(metrics, ModelMetrics(0.86)).passed
    assert repr(metrics) == before


@pytest.mark.parametrize("context", ["prod", "PRODUCTION", "", None])
def test_unknown_contexts(context: str) -> None:
    with pytest.raises(ValueError, match="unknown context"):
        QualityGate(context)


def listen(gate: QualityGate) -> list[str]:
    """Return a list that will hold the events that fire."""
    told: list[str] = []

    def teller(event: str) -> Callable[[object], None]:
        return lambda value: told.append(event)

    for event in EVENTS:
        gate.register_callback(event, teller(event))
    return told


def fired(gate: QualityGate, report: bool, metrics: ModelMetrics | None, tests: TestMetrics | None = None) -> list[str]:
    told = listen(gate)
    if report:
        gate.check_all("veran", "v6.2", tests, metrics)
    elif metrics is not None:
        gate.check_model_quality(metrics)
    return told


def test_which_callbacks_fire() -> None:
    assert fired(QualityGate(), False, good_model()) == ["gate_passed"]
    assert fired(QualityGate(), False, ModelMetrics(0.1)) == ["gate_failed", "gate_blocked"]
    assert fired(QualityGate(), True, good_model()) == ["gate_passed", "all_gates_passed"]
    assert fired(QualityGate.production(), True, bad_model(), good_tests()) == [
        "gate_passed", "gate_failed", "gate_blocked", "gates_failed", "gates_blocked",
    ]  # fmt: skip
    assert fired(QualityGate(), True, None) == ["gates_failed"]  # nothing ran, so nothing passed


def test_failed_without_being_blocked() -> None:
    gate = QualityGate()
    told = listen(gate)
    gate.check_all("veran", "v6.2", security_results=SecurityScanResults(0, 3, 0, 0, "", "trivy"))
    assert told == ["gate_failed", "gates_failed"]


def test_a_callback_that_raises_is_logged_and_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    told: list[str] = []
    gate = QualityGate()
    gate.register_callback("gate_passed", lambda _: 1 / 0)
    gate.register_callback("gate_passed", lambda result: told.append(result.gate_name))
    with caplog.at_level(logging.ERROR, "gitgates"):
        assert gate.check_model_quality(good_model()).passed
    assert told == ["model_quality"]
    assert "a callback for gate_passed raised" in caplog.text


def test_an_unknown_event() -> None:
    with pytest.raises(InvalidValue, match=r"unknown event 'gate_fail'\. Known events: gate_passed, gate_failed"):
        QualityGate().register_callback("gate_fail", print)


def test_summary() -> None:
    gate = QualityGate.production()
    good = gate.check_all("veran", "v6.2", good_tests(), good_model())
    assert gate.summary_string(good).splitlines()[0] == "veran:v6.2 production: PASSED"
    assert "  [pass] model_quality: quality score 0.91 meets 0.85" in gate.summary_string(good)
    bad = gate.check_all("veran", "v6.2", model_metrics=bad_model())
    assert gate.summary_string(bad).splitlines()[0] == "veran:v6.2 production: BLOCKED"
    assert "  [fail] model_quality: " in gate.summary_string(bad)
    few = QualityGate().check_all("veran", "v6.2", model_metrics=ModelMetrics(0.9))
    assert "  [warn] model_quality: throughput not measured" in gate.summary_string(few)
    none = gate.check_all("veran", "v6.2")
    assert gate.summary_string(none).splitlines() == ["veran:v6.2 production: FAILED", "  no gate ran"]
    assert (good.summary()["all_passed"], bad.summary()["any_blocked"], none.summary()["total_checks"]) == (
        True,
        True,
        0,
    )


def test_a_baseline_without_metrics() -> None:
    with pytest.raises(InvalidValue, match="baseline_model_metrics: a baseline is given without model metrics"):
        QualityGate().check_all("veran", "v6.2", good_tests(), baseline_model_metrics=good_model())


def test_impossible_names() -> None:
    with pytest.raises(InvalidValue, match="colon"):
        QualityGate().check_all("veran:v6", "2", good_tests())


def test_from_config(tmp_path: Path) -> None:
    file = tmp_path / "gates.toml"
    file.write_text("[tool.gitgates.staging]\nmin_quality_score = 0.9\n")
    for path in (file, tmp_path):
        assert QualityGate.from_config("staging", str(path)).thresholds.min_quality_score == 0.9
        assert QualityGate.from_config("production", str(path)).thresholds.min_quality_score == 0.85
    with pytest.raises(ConfigError, match="there is no such file"):
        QualityGate.from_config("staging", str(tmp_path / "none.toml"))
    file.write_text("[tool.gitgates.staging]\nmin_quality = 0.9\n")
    with pytest.raises(ConfigError, match="min_quality_score"):
        QualityGate.from_config("staging", str(file))


def test_thresholds_that_are_not_set_are_the_contexts_own() -> None:
    gate = QualityGate.development(GateThresholds(min_quality_score=0.55))
    assert gate.thresholds.min_quality_score == 0.55
    assert gate.thresholds.to_dict() == QualityGate("development").thresholds.to_dict() | {"min_quality_score": 0.55}
