"""What happened to a model version: the records of its life, in order, as gitgates itself would have written them."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

import attrs
from attrs import frozen

from benchmarks.signer import PRINCIPAL
from gitgates.gates.evaluate import CURRENT_RULES, all_passed, evaluate
from gitgates.ledger.recording import under_policy
from gitgates.model.checks import Evaluation
from gitgates.model.metrics import Metrics, ModelMetrics, SecurityScanResults, TestMetrics
from gitgates.model.names import ModelVersion
from gitgates.model.policy import Policy
from gitgates.model.provenance import Input, Subject
from gitgates.model.records import (
    Check,
    DecisionRecord,
    DeploymentRecord,
    Previous,
    ReportRecord,
    RollbackRecord,
    VersionRecord,
    WithdrawalRecord,
)
from gitgates.model.thresholds import default_thresholds

_PASSING = Metrics(
    TestMetrics(total_tests=400, passed_tests=396, failed_tests=4, duration_seconds=12.5, coverage_percent=93.5),
    ModelMetrics(quality_score=0.91, accuracy=0.93, latency_ms=41.5, throughput_tokens_per_sec=55.0, memory_mb=900.0),
    SecurityScanResults(0, 0, 1, 4, scan_tool="trivy"),
)
_FAILING = attrs.evolve(_PASSING, model=ModelMetrics(quality_score=0.31, throughput_tokens_per_sec=55.0))
_INPUTS = tuple(
    Input(role, file, form, digit * 64)
    for role, file, form, digit in (
        ("tests", "junit.xml", "junit", "1"),
        ("tests", "coverage.json", "coverage.py", "2"),
        ("model", "metrics.json", "native", "3"),
        ("security", "trivy.json", "trivy", "4"),
    )
)


@frozen
class Setting:
    """What all records of a ledger share: root and policy are the same record, the only policy there is."""

    root: str
    policy: Policy


class Story:
    """Tells the life of one model version.

    A plan is a row of words, each one record of the context that the last context word named:
    `report` and `failing`; `approve`, `reject` and `withdraw` (the last decision); `start`, `end` and `rollback`.
    """

    def __init__(
        self, setting: Setting, name: ModelVersion, commit: str, live: dict[str, Previous], parent: str | None = None
    ) -> None:
        """Begin a life.

        Args:
            commit: the code that its reports are about.
            live: the last record of each target over all versions of the model; kept up to date.
            parent: the head that the first record follows, None where the version has none yet.
        """
        self._setting = setting
        self._name = name
        self._commit = commit
        self._live = live
        self._context = ""
        self._head = parent
        self._last: dict[str, str] = {}
        self._words: Mapping[str, Callable[[datetime], VersionRecord]] = {
            "report": lambda at: self._report(at, _PASSING),
            "failing": lambda at: self._report(at, _FAILING),
            "approve": lambda at: self._decision(at, approved=True),
            "reject": lambda at: self._decision(at, approved=False),
            "withdraw": self._withdrawal,
            "start": lambda at: self._deployment(at, "started"),
            "end": lambda at: self._deployment(at, "succeeded"),
            "rollback": self._rollback,
        }

    def records(self, plan: str, times: Iterator[datetime]) -> Iterator[VersionRecord]:
        """Yield the records of `plan`; the caller tells with `wrote` the id of each before it asks for the next."""
        for word in plan.split():
            if word in self._words:
                yield self._words[word](next(times))
            else:
                self._context = word

    def wrote(self, record: VersionRecord, record_id: str) -> None:
        """Remember a record's id: later ones name it."""
        self._head = record_id
        self._last[record.kind] = record_id
        if isinstance(record, DeploymentRecord | RollbackRecord):
            self._live[record.target] = Previous(record.version, record_id)

    def _heading(self, at: datetime, *also_after: str) -> dict[str, Any]:
        parents = {*also_after, self._head} if self._head else set(also_after)
        return {
            "ledger": self._setting.root,
            "policy": self._setting.root,
            "parents": tuple(sorted(parents)),
            "created": at,
            "author": PRINCIPAL,
            "model": self._name.model,
            "version": self._name.version,
            "context": self._context,
        }

    def _report(self, at: datetime, metrics: Metrics) -> ReportRecord:
        required = self._setting.policy.context(self._context)
        if required is None:
            raise AssertionError(f"the initial policy has no context {self._context!r}")
        profile = required.profile
        evaluation = under_policy(
            Evaluation(CURRENT_RULES, profile, (), False, default_thresholds(profile), metrics), required
        )
        checks = evaluate(evaluation)
        return ReportRecord(
            **self._heading(at),
            stage="pre",
            rules=evaluation.rules,
            profile=profile,
            required_gates=evaluation.required_gates,
            require_evidence=evaluation.require_evidence,
            subject=Subject(commit=self._commit, dirty=False),
            thresholds=evaluation.thresholds,
            origins=(),
            inputs=_INPUTS,
            metrics=metrics,
            checks=tuple(Check(check.gate_name, check.status, check.passed, check.message) for check in checks),
            outcome="passed" if all_passed(checks) else "failed",
        )

    def _decision(self, at: datetime, *, approved: bool) -> DecisionRecord:
        reason = None if approved else "quality below the bar"
        report = self._last[ReportRecord.kind]
        return DecisionRecord(**self._heading(at), approved=approved, report=report, forced=False, reason=reason)

    def _withdrawal(self, at: datetime) -> WithdrawalRecord:
        withdraws = self._last[DecisionRecord.kind]
        return WithdrawalRecord(**self._heading(at), withdraws=withdraws, reason="another report is on its way")

    def _deployment(self, at: datetime, phase: str) -> DeploymentRecord:
        started = self._last[DeploymentRecord.kind] if phase == "succeeded" else None
        return DeploymentRecord(
            **self._target(at), phase=phase, started=started, decisions=(self._last[DecisionRecord.kind],)
        )

    def _rollback(self, at: datetime) -> RollbackRecord:
        return RollbackRecord(**self._target(at), phase="succeeded", reason="slow answers")

    def _target(self, at: datetime) -> dict[str, Any]:
        target = f"{self._context}-cluster"
        previous = self._live.get(target)
        also_after = () if previous is None else (previous.id,)
        return {**self._heading(at, *also_after), "target": target, "previous": previous}
