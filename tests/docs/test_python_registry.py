"""`RegistryIntegration` and `DeploymentController` as scripts for afs.gates use them, on the command line's ledger."""

import logging
import subprocess
from pathlib import Path

import pytest

from gitgates import (
    DeploymentContext,
    DeploymentController,
    ModelMetrics,
    QualityGate,
    QualityGateReport,
    RegistryIntegration,
    SecurityScanResults,
)
from gitgates.errors import CannotDecide, InvalidValue, NoLedger, SigningError, UsageError
from tests.docs.afs_world import bad_model, good_model, good_tests
from tests.support import Gitgates, git

SCAN = SecurityScanResults(0, 0, 1, 3, "2026-01-05", "trivy")


def report(context: str = "staging", version: str = "v6.2", model: ModelMetrics | None = None) -> QualityGateReport:
    return QualityGate(context).check_all("veran", version, good_tests(), model or good_model(), SCAN)


@pytest.fixture
def registry(workplace: Path, gitgates: Gitgates) -> RegistryIntegration:
    assert gitgates("init").code == 0
    return RegistryIntegration()


def records(at: Path) -> list[str]:
    return git(at, "log", "--format=%s", "--reverse", "--grep=^Gates-Record:").splitlines()[1:]


def test_approving_records_the_report_and_the_approval(registry: RegistryIntegration, workplace: Path) -> None:
    assert registry.approve_version(report("production"), approved_by="Release board", notes="ship it")
    assert records(workplace) == [
        "gates: report veran:v6.2 production passed",
        "gates: decision veran:v6.2 production approved",
    ]
    approval = registry.get_approval_status("veran", "v6.2", DeploymentContext.PRODUCTION)
    assert approval is not None
    assert approval.approved
    assert (approval.approved_by, approval.signer, approval.notes) == ("Release board", "alice@example.com", "ship it")
    assert approval.key_fingerprint.startswith("SHA256:")
    assert len(approval.record_id) == 64
    assert registry.is_deployable("veran", "v6.2", "production")


def test_the_same_report_is_recorded_once(registry: RegistryIntegration, workplace: Path) -> None:
    same = report()
    assert registry.approve_version(same)
    assert registry.approve_version(same)
    assert [subject.split()[1] for subject in records(workplace)] == ["report", "decision", "decision"]
    assert registry.approve_version(report(model=ModelMetrics(0.99, throughput_tokens_per_sec=50.0)))
    assert [subject.split()[1] for subject in records(workplace)][3:] == ["report", "decision"]


def test_a_failed_report_is_recorded_and_not_approved(
    registry: RegistryIntegration, workplace: Path, caplog: pytest.LogCaptureFixture
) -> None:
    failed = QualityGate.production().check_all("veran", "v6.2", model_metrics=bad_model())
    assert registry.approve_version(failed) is False
    assert records(workplace) == ["gates: report veran:v6.2 production failed"]
    assert "veran:v6.2 is not approved for production: report" in caplog.text
    allowed, reason = DeploymentController(registry).can_deploy("veran", "v6.2", "production")
    assert not allowed
    assert "quality score 0.71 is below 0.85" in reason


def test_a_report_without_numbers_cannot_be_approved(registry: RegistryIntegration, workplace: Path) -> None:
    with pytest.raises(InvalidValue, match="carries no numbers"):
        registry.approve_version(QualityGateReport(DeploymentContext.STAGING, "veran", "v6.2"))
    assert records(workplace) == []


def test_looser_thresholds_than_the_floor(registry: RegistryIntegration) -> None:
    from gitgates import GateThresholds

    loose = QualityGate.production(GateThresholds(min_quality_score=0.5)).check_all("veran", "v6.2", good_tests())
    with pytest.raises(UsageError, match="looser than the policy's floors"):
        registry.approve_version(loose)


def test_rejecting(registry: RegistryIntegration) -> None:
    assert registry.approve_version(report())
    assert registry.reject_version("veran", "v6.2", "staging", reason="too slow", rejected_by="QA")
    last = registry.get_approval_status("veran", "v6.2", "staging")
    assert last is not None
    assert (last.approved, last.notes, last.approved_by) == (False, "too slow", "QA")
    first, second = registry.get_approval_history("veran", "v6.2")
    assert (first.approved, second.approved) == (False, False)  # the approval does not hold any more
    assert not registry.is_deployable("veran", "v6.2", "staging")


def test_rejecting_without_a_report(registry: RegistryIntegration) -> None:
    assert registry.reject_version("veran", "v9", "staging")
    status = registry.get_approval_status("veran", "v9", "staging")
    assert status is not None
    assert status.gates_report is None


def test_what_nobody_decided(registry: RegistryIntegration, caplog: pytest.LogCaptureFixture) -> None:
    assert registry.get_approval_status("veran", "v9", "staging") is None
    assert registry.get_approval_status("veran", None, "staging") is None
    assert registry.get_approval_history("veran", "v9") == []
    assert registry.list_approved_versions("veran", "staging") == []
    with caplog.at_level(logging.WARNING, "gitgates"):
        assert registry.is_deployable("veran", "v9", "staging") is False
    assert "the ledger knows no model version veran:v9" in caplog.text


def test_versions_in_the_order_of_their_approval(registry: RegistryIntegration) -> None:
    for version in ("v10", "v2", "v1"):
        assert registry.approve_version(report(version=version))
    assert registry.list_approved_versions("veran", "staging") == ["v10", "v2", "v1"]
    assert registry.reject_version("veran", "v2", "staging")
    assert registry.list_approved_versions("veran", "staging") == ["v10", "v1"]


@pytest.mark.parametrize("context", ["prod", "Production!"])
def test_unknown_contexts(context: str, registry: RegistryIntegration) -> None:
    with pytest.raises(UsageError, match="knows no context"):
        registry.reject_version("veran", "v6.2", context)
    assert registry.approve_version(report())
    assert registry.is_deployable("veran", "v6.2", context) is False


def test_a_clone_without_a_pin_is_not_asked(registry: RegistryIntegration, workplace: Path) -> None:
    assert registry.approve_version(report())
    git(workplace, "config", "--unset", "gitgates.root")
    with pytest.raises(CannotDecide, match="no pin"):
        registry.is_deployable("veran", "v6.2", "staging")
    allowed, reason = DeploymentController(registry).can_deploy("veran", "v6.2", "staging")
    assert not allowed
    assert reason.startswith("cannot decide (no pin)")


# --- where the ledger is ---------------------------------------------------------------------------------------------


def test_no_ledger_is_made_by_itself(workplace: Path) -> None:
    with pytest.raises(NoLedger, match="gitgates init"):
        RegistryIntegration()
    with pytest.raises(NoLedger, match="gitgates init"):
        RegistryIntegration(workplace / "models/registry")
    assert git(workplace, "log", "--format=%s").splitlines()[0] == "What tools wrote"


def test_a_path_in_a_repository_means_its_ledger(registry: RegistryIntegration, workplace: Path) -> None:
    assert registry.approve_version(report())
    for path in (workplace, workplace / "models/registry", str(workplace)):
        assert RegistryIntegration(path).is_deployable("veran", "v6.2", "staging")


@pytest.mark.parametrize("email", ["alice@example.com", ""])
def test_a_path_outside_any_repository_becomes_an_embedded_ledger(
    email: str, workplace: Path, tmp_path: Path, home: Path
) -> None:
    git(workplace, "config", "--global", "user.email", email)
    path = tmp_path / "some/where"
    registry = RegistryIntegration(path)
    assert registry.approve_version(report())
    again = RegistryIntegration(path)
    assert again.is_deployable("veran", "v6.2", "staging")
    assert again.list_approved_versions("veran", "staging") == ["v6.2"]
    assert DeploymentController(again).execute_deployment("veran", "v6.2", "staging", "box")


def test_without_a_key(registry: RegistryIntegration, home: Path) -> None:
    (home / ".ssh/id_ed25519").unlink()
    with pytest.raises(SigningError, match="there is no signing key"):
        registry.approve_version(report())


# --- deployments -----------------------------------------------------------------------------------------------------


def test_deploying_and_rolling_back(
    registry: RegistryIntegration, workplace: Path, caplog: pytest.LogCaptureFixture
) -> None:
    controller = DeploymentController(registry)
    assert controller.execute_deployment("veran", "v6.2", "staging") is False
    assert "veran:v6.2 may not be deployed to staging: the ledger knows no model version" in caplog.text
    assert registry.approve_version(report())
    assert controller.can_deploy("veran", "v6.2", "staging") == (True, "all conditions are met")
    assert controller.pre_deployment_check("veran", "v6.2", "staging")
    assert controller.execute_deployment("veran", "v6.2", "staging")
    assert controller.execute_deployment("veran", "v6.2", "staging", deployment_target="eu")
    assert controller.rollback("veran", "v6.2", "staging", reason="slow") is True
    assert records(workplace)[2:] == [
        "gates: deployment veran:v6.2 staging succeeded",
        "gates: deployment veran:v6.2 staging succeeded",
        "gates: rollback veran:v6.2 staging succeeded",
        "gates: rollback veran:v6.2 staging succeeded",
    ]
    allowed, reason = controller.can_deploy("veran", "v6.2", "staging")
    assert not allowed
    assert "rolled back by alice@example.com: slow" in reason


def test_a_rollback_of_what_was_never_deployed(registry: RegistryIntegration, workplace: Path) -> None:
    assert DeploymentController(registry).rollback("veran", "v9", "staging") is True
    assert records(workplace) == ["gates: rollback veran:v9 staging succeeded"]


@pytest.mark.parametrize("target", ["", "a\x1b[2J", "x" * 201])
def test_impossible_targets(target: str, registry: RegistryIntegration) -> None:
    assert registry.approve_version(report())
    with pytest.raises(InvalidValue, match="target: must be 1 to 200 bytes of printable text"):
        DeploymentController(registry).execute_deployment("veran", "v6.2", "staging", target)


def test_another_process_sees_what_was_written(registry: RegistryIntegration, workplace: Path) -> None:
    assert registry.approve_version(report())
    told = subprocess.run(
        ["git", "log", "-1", "--format=%(trailers:key=Gates-Outcome,valueonly)"], capture_output=True, text=True
    )
    assert told.stdout.strip() == "approved"


def test_text_of_records_is_one_line_of_the_log(
    registry: RegistryIntegration, caplog: pytest.LogCaptureFixture
) -> None:
    """A log goes to terminals and CI systems, which take control characters and line starts for commands."""
    assert registry.approve_version(report())
    assert registry.reject_version("veran", "v6.2", "staging", reason="bad\n::add-mask::pwned\x1b[2K\u202e")
    controller = DeploymentController(registry)
    caplog.clear()
    assert not registry.is_deployable("veran", "v6.2", "staging")
    assert not controller.pre_deployment_check("veran", "v6.2", "staging")
    assert not controller.execute_deployment("veran", "v6.2", "staging")
    assert not registry.is_deployable("veran", "v6.2", "prod\n::error::x")
    assert not controller.pre_deployment_check("veran\n::error::x", "v6.2", "staging")
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == 5
    for message in messages:
        assert message.isprintable(), message
    for message in messages[:3]:
        assert r"bad\n::add-mask::pwned\x1b[2K\u202e" in message
