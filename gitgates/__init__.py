"""gitgates: a quality-gate ledger for models, kept as signed records in the model's own git repository.

The names below are the public API. Each is looked up when it is first asked for, so that importing gitgates costs
nothing and a script pays only for what it uses.

PYTEST_DONT_REWRITE: whoever imports gitgates before pytest starts would be warned otherwise.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gitgates.api.approvals import ApprovalRecord
    from gitgates.api.deployment import DeploymentController
    from gitgates.api.examples import ExampleGate
    from gitgates.api.extract import extract_model_metrics, extract_test_metrics
    from gitgates.api.gate import QualityGate
    from gitgates.api.registry import RegistryIntegration
    from gitgates.integrations.ci.github import GitHubActionsIntegration
    from gitgates.integrations.ci.jenkins import JenkinsIntegration
    from gitgates.integrations.local_files import LocalFileIntegration
    from gitgates.integrations.notify.notifications import Notifications
    from gitgates.model.checks import GateCheckResult, GateStatus, QualityGateReport
    from gitgates.model.custom import Measurement, MetricRule
    from gitgates.model.metrics import ModelMetrics, SecurityScanResults, TestMetrics
    from gitgates.model.names import DeploymentContext
    from gitgates.model.thresholds import GateThresholds

__version__ = "0.1.0"

__all__ = [
    "ApprovalRecord",
    "DeploymentContext",
    "DeploymentController",
    "ExampleGate",
    "GateCheckResult",
    "GateStatus",
    "GateThresholds",
    "GitHubActionsIntegration",
    "JenkinsIntegration",
    "LocalFileIntegration",
    "Measurement",
    "MetricRule",
    "ModelMetrics",
    "Notifications",
    "QualityGate",
    "QualityGateReport",
    "RegistryIntegration",
    "SecurityScanResults",
    "TestMetrics",
    "extract_model_metrics",
    "extract_test_metrics",
]

_HOMES = {
    "ApprovalRecord": "api.approvals",
    "DeploymentContext": "model.names",
    "DeploymentController": "api.deployment",
    "ExampleGate": "api.examples",
    "GateCheckResult": "model.checks",
    "GateStatus": "model.checks",
    "GateThresholds": "model.thresholds",
    "GitHubActionsIntegration": "integrations.ci.github",
    "JenkinsIntegration": "integrations.ci.jenkins",
    "LocalFileIntegration": "integrations.local_files",
    "Measurement": "model.custom",
    "MetricRule": "model.custom",
    "ModelMetrics": "model.metrics",
    "Notifications": "integrations.notify.notifications",
    "QualityGate": "api.gate",
    "QualityGateReport": "model.checks",
    "RegistryIntegration": "api.registry",
    "SecurityScanResults": "model.metrics",
    "TestMetrics": "model.metrics",
    "extract_model_metrics": "api.extract",
    "extract_test_metrics": "api.extract",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
