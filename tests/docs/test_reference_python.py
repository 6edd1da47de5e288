"""The document that the product was conceived from: every Python block runs as it is printed there.

The document lies beside the checkout and not in it, so these tests are skipped where it is absent.
"""

import logging
import os
import sys
from collections import defaultdict
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from gitgates import DeploymentController, ModelMetrics, QualityGate, RegistryIntegration, SecurityScanResults
from tests.docs.afs_world import Recorder, Trainer, bad_model, good_model, good_tests
from tests.docs.markdown import blocks
from tests.docs.reference import ABSENT, DOCUMENT, Names, run_block
from tests.support import Gitgates, exit_code

pytestmark = [ABSENT, pytest.mark.usefixtures("afs_world")]


def approve(version: str = "v6.2", context: str = "production") -> None:
    """Record a good report with all numbers and approve it, from Python."""
    report = QualityGate(context).check_all(
        "veran", version, good_tests(), good_model(), SecurityScanResults(0, 0, 1, 3, "2026-01-05", "trivy")
    )
    assert RegistryIntegration().approve_version(report)


# --- workflows -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("quality", "complaints"), [(0.91, 0), (0.10, 1)])
def test_training_pipeline(quality: float, complaints: int, monkeypatch: pytest.MonkeyPatch) -> None:
    log = Recorder()
    results = {"quality_score": quality, **good_tests().to_dict()}
    monkeypatch.setattr(Trainer, "evaluate", lambda self, model: results)
    gates = import_module("afs.gates")
    names = run_block(
        "1. Training Pipeline Integration",
        extract_test_metrics=gates.extract_test_metrics,
        extract_model_metrics=gates.extract_model_metrics,
        logger=log,
    )
    assert (names["test_metrics"], names["model_metrics"]) == (good_tests(), ModelMetrics(quality))
    assert names["report"].model_version == "v6.2"
    assert names["report"].all_passed() is (complaints == 0)
    assert len(log.said) == complaints


def deploy(monkeypatch: pytest.MonkeyPatch) -> Names:
    monkeypatch.setenv("MODEL_VERSION", "v6.2")
    return run_block("3. Pre-Deployment Approval", os=os, sys=sys)


def test_pre_deployment_approval(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        deploy(monkeypatch)
    assert exit_code(end.value) == 1
    assert "Cannot deploy: the ledger knows no model version veran:v6.2" in capfd.readouterr().out
    approve()
    names = deploy(monkeypatch)
    assert names["success"] is True
    assert capfd.readouterr().out == "Deployment complete\n"


@pytest.mark.parametrize(("current", "rolled_back"), [(good_model, False), (bad_model, True)])
def test_post_deployment_monitoring(
    current: Callable[[], ModelMetrics], rolled_back: bool, monkeypatch: pytest.MonkeyPatch, gitgates: Gitgates
) -> None:
    approve()
    alerts = Recorder()
    run_block(
        "4. Post-Deployment Monitoring",
        **{k: v for k, v in deploy(monkeypatch).items() if k in ("controller", "os")},
        get_production_metrics=current,
        get_previous_version_metrics=good_model,
        alerts=alerts,
    )
    assert alerts.said == (["Production model rolled back"] if rolled_back else [])
    allowed, reason = DeploymentController().can_deploy("veran", "v6.2", "production")
    assert allowed is not rolled_back
    if rolled_back:
        assert "Regression detected: quality score 0.71" in reason
        assert "rollback succeeded" in gitgates("history", "--model", "veran:v6.2").out


# --- integration with existing modules -------------------------------------------------------------------------------


def test_quality_metrics() -> None:
    names = run_block("Quality Metrics", code="print()", output="")
    assert names["model_metrics"].quality_score == 0.9
    assert names["result"].passed


def test_model_registry() -> None:
    assert run_block("Model Registry")["approval"] is None
    approve()
    approval = run_block("Model Registry")["approval"]
    assert approval.approved
    assert approval.approved_by == approval.signer == "alice@example.com"
    assert approval.gates_report["all_passed"] is True


def test_continuous_learning() -> None:
    log = Recorder()
    stored: list[float] = []
    run_block(
        "Continuous Learning",
        new_examples=[0.9, 0.2, 0.5],
        ModelMetrics=ModelMetrics,
        store_example=stored.append,
        logger=log,
    )
    assert stored == [0.9, 0.5]
    assert len(log.said) == 1
    assert log.said[0].startswith("Example rejected: quality score 0.2 is below 0.5")


@pytest.mark.parametrize(("experimental", "minimum"), [(True, 0.60), (False, 0.90)])
def test_custom_gate_policies(experimental: bool, minimum: float) -> None:
    gate = run_block("Custom Gate Policies", is_experimental=experimental)["gate"]
    assert gate.thresholds.min_quality_score == minimum
    # What the caller did not set is the context's own.
    assert gate.thresholds.max_memory_increase_percent == (15.0 if experimental else 5.0)
    assert gate.thresholds.max_medium_vulnerabilities == (10 if experimental else 0)


def test_dashboard() -> None:
    approve("v6.1")
    approve("v6.2")
    approve("v6.2", "staging")
    data: dict[str, dict[str, Any]] = defaultdict(dict)
    run_block("Dashboard Integration", dashboard_data=data)
    assert list(data) == ["veran", "din", "nayru", "farore"]
    production = data["veran"]["production"]
    assert production["approved_versions"] == ["v6.1", "v6.2"]
    assert production["latest_approval"].model_version == "v6.2"
    assert data["veran"]["staging"]["approved_versions"] == ["v6.2"]
    assert data["din"]["production"] == {"approved_versions": [], "latest_approval": None}


def test_notifications(notifier: Recorder, caplog: pytest.LogCaptureFixture) -> None:
    gate = run_block("Notification Integration")["gate"]
    with caplog.at_level(logging.ERROR, "gitgates"):
        report = gate.check_all("veran", "v6.2", model_metrics=ModelMetrics(0.5))
    assert report.any_blocked()
    regression, blocked = notifier.said
    assert regression["channel"] == "pagerduty"  # gate_failed fires for a BLOCKED gate, too
    assert regression["message"].startswith("Production regression detected: quality score 0.5 is below 0.85")
    assert blocked["message"] == "Quality gates blocked deployment of veran:v6.2"
    assert blocked["details"]["context"] == "production"
    assert blocked["details"]["failed_checks"][0].startswith("model_quality: quality score 0.5")
    assert caplog.records == []


def test_testing_integration() -> None:
    names = run_block(
        "Testing Integration",
        load_model_metrics=good_model,
        load_baseline_metrics=good_model,
        ModelMetrics=ModelMetrics,
    )
    tests = [name for name in names if name.startswith("test_")]
    assert tests == ["test_model_meets_production_standards", "test_gates_catch_regressions"]
    for name in tests:
        names[name]()
    names["load_model_metrics"] = bad_model
    with pytest.raises(AssertionError, match="Gates failed"):
        names["test_model_meets_production_standards"]()


def test_every_block_is_run() -> None:
    tests = "".join(file.read_text() for file in Path(__file__).parent.glob("test_reference_*.py"))
    for block in blocks(DOCUMENT, "python"):
        assert f'"{block.heading}"' in tests, block.heading
