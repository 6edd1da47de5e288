"""Outcomes: of one gate, and of all gates run for a model version in a context."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import attrs
from attrs import field

from gitgates.model.frozen import frozen
from gitgates.model.late import metric_rules
from gitgates.model.metrics import Metrics
from gitgates.model.names import CustomContext, DeploymentContext, as_context
from gitgates.model.provenance import Provenance
from gitgates.model.thresholds import GateThresholds

if TYPE_CHECKING:
    from gitgates.model.custom import MetricRule


class GateStatus(StrEnum):
    """What became of a gate."""

    PASSED = "passed"
    FAILED = "failed"
    BLOCKED = "blocked"
    WARNING = "warning"
    NOT_RUN = "not_run"


@frozen
class GateCheckResult:
    """The outcome of one gate.

    Attributes:
        passed: whether the gate lets the model version through; a WARNING may do so or not.
        details: the numbers that the outcome rests on, by name.
        timestamp: ISO 8601, UTC, or "" where the evaluation was not told the time.
    """

    gate_name: str
    status: GateStatus = field(converter=GateStatus)
    passed: bool
    message: str
    details: Mapping[str, Any] = field(factory=dict)
    timestamp: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return all fields, fit for JSON."""
        return {**attrs.asdict(self, recurse=False), "status": self.status.value, "details": dict(self.details)}


@frozen
class Evaluation:
    """What an outcome was computed from, so that a record can carry it and a reader can compute it again.

    Attributes:
        rules: version of the rules, e.g. `gates/1`.
        required_gates: the gates that had to pass; empty means at least one, whichever.
        require_evidence: whether a number that is missing fails its gate.
        metric_rules: what the project's own metrics are held against; `gates/1` knows none.
        allow_unknown_severities: whether vulnerabilities of unknown severity pass with a warning; never in `gates/1`.
    """

    rules: str
    profile: DeploymentContext
    required_gates: tuple[str, ...]
    require_evidence: bool
    thresholds: GateThresholds
    metrics: Metrics
    metric_rules: "tuple[MetricRule, ...] | None" = metric_rules()
    allow_unknown_severities: bool = field(default=False, kw_only=True)


def _to_tuple(checks: Iterable[GateCheckResult]) -> tuple[GateCheckResult, ...]:
    return tuple(checks)


@frozen
class QualityGateReport:
    """The outcome of all gates run for a model version in a context.

    Attributes:
        context: a built-in one, or one of a policy's own; which exist is for the policy to say.
        timestamp: ISO 8601, UTC.
        evaluation: the numbers behind the checks; None in a report that was put together by hand, which can
            be shown but not recorded.
        provenance: where the numbers and thresholds came from.
    """

    context: DeploymentContext | CustomContext = field(converter=as_context)
    model_name: str
    model_version: str
    timestamp: str = ""
    checks: tuple[GateCheckResult, ...] = field(default=(), converter=_to_tuple)
    evaluation: Evaluation | None = field(default=None, kw_only=True, repr=False)
    provenance: Provenance = field(factory=Provenance, kw_only=True, repr=False)

    def all_passed(self) -> bool:
        """Tell whether every check passed; false where no check ran."""
        return bool(self.checks) and all(check.passed for check in self.checks)

    def any_blocked(self) -> bool:
        """Tell whether any check is BLOCKED."""
        return any(check.status is GateStatus.BLOCKED for check in self.checks)

    def failed_checks(self) -> list[GateCheckResult]:
        """Return the checks that did not pass."""
        return [check for check in self.checks if not check.passed]

    def summary(self) -> dict[str, Any]:
        """Return the outcome in counts."""
        failed = len(self.failed_checks())
        return {
            "context": self.context.value,
            "model_name": self.model_name,
            "model_version": self.model_version,
            "timestamp": self.timestamp,
            "total_checks": len(self.checks),
            "passed_checks": len(self.checks) - failed,
            "failed_checks": failed,
            "all_passed": self.all_passed(),
            "any_blocked": self.any_blocked(),
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the summary and the checks, fit for JSON."""
        return {**self.summary(), "checks": [check.to_dict() for check in self.checks]}
