"""`QualityGate`: run the gates from Python, with thresholds, a context and callbacks."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from gitgates.api.session import Clock, policy_contexts, utc_now
from gitgates.codec.policy_toml import default_context
from gitgates.config.files import ConfigFile, find_config, read_config
from gitgates.config.resolve import Resolved, resolve
from gitgates.errors import ConfigError, InvalidValue
from gitgates.gates import rules_1
from gitgates.gates.evaluate import CURRENT_RULES, FURTHER_RULES, evaluate
from gitgates.model.checks import Evaluation, GateCheckResult, GateStatus, QualityGateReport
from gitgates.model.metrics import Metrics, ModelMetrics, SecurityScanResults, TestMetrics
from gitgates.model.names import DeploymentContext, ModelVersion
from gitgates.model.provenance import Baseline, Origin, Provenance
from gitgates.model.thresholds import GateThresholds

if TYPE_CHECKING:
    from gitgates.model.custom import Measurement, MetricRule

Callback = Callable[[Any], object]
RESULT_EVENTS = ("gate_passed", "gate_failed", "gate_blocked")
REPORT_EVENTS = ("all_gates_passed", "gates_failed", "gates_blocked")


class QualityGate:
    """Judges a model version for one deployment context.

    Attributes:
        context: the context.
        thresholds: those in force: what was given, and the context's defaults for the rest.
        metric_rules: what metrics of one's own are held against.
    """

    def __init__(
        self,
        context: DeploymentContext | str = DeploymentContext.STAGING,
        thresholds: GateThresholds | None = None,
        *,
        clock: Clock = utc_now,
        metric_rules: "Iterable[MetricRule]" = (),
    ) -> None:
        """Take a context, if the defaults will not do thresholds, and rules for metrics of one's own.

        Raises:
            InvalidValue: a ValueError too; the context is unknown.
        """
        self.context = DeploymentContext(context)
        self._set(resolve(self.context, self.context, given=thresholds, given_by="call"))
        self.metric_rules = tuple(metric_rules)
        self._require_evidence = default_context(self.context).require_evidence
        self._clock = clock
        self._callbacks: dict[str, list[Callback]] = {event: [] for event in (*RESULT_EVENTS, *REPORT_EVENTS)}

    def _set(self, resolved: Resolved) -> None:
        self.thresholds = resolved.thresholds
        self._origins = tuple(Origin(name, origin) for name, origin in resolved.set_origins())

    @classmethod
    def development(cls, thresholds: GateThresholds | None = None) -> "QualityGate":
        """Return a gate for development."""
        return cls(DeploymentContext.DEVELOPMENT, thresholds)

    @classmethod
    def staging(cls, thresholds: GateThresholds | None = None) -> "QualityGate":
        """Return a gate for staging."""
        return cls(DeploymentContext.STAGING, thresholds)

    @classmethod
    def production(cls, thresholds: GateThresholds | None = None) -> "QualityGate":
        """Return a gate for production."""
        return cls(DeploymentContext.PRODUCTION, thresholds)

    @classmethod
    def from_config(cls, context: DeploymentContext | str, path: str | None = None) -> "QualityGate":
        """Return a gate with the thresholds that the project's files set.

        Args:
            path: a `pyproject.toml` or `gates.toml`, or a folder to look from; by default the current folder.

        Raises:
            ConfigError: the file is not there, or says something that cannot be meant.
        """
        import os

        gate = cls(context)
        start = os.fspath(path) if path is not None else os.curdir
        try:
            files = _configured(start, DeploymentContext)
        except ConfigError:  # a table of a context of the policy's own is no mistake
            contexts = policy_contexts(start if os.path.isdir(start) else os.path.dirname(start) or os.curdir)
            if not contexts:
                raise
            files = _configured(start, (*DeploymentContext, *contexts))
        gate._set(resolve(gate.context, gate.context, files))
        if any(file.metrics for file in files):
            from gitgates.config.metric_rules import rules_in_force  # few projects have metrics of their own

            gate.metric_rules = rules_in_force(gate.context, files)
        return gate

    def check_tests(self, metrics: TestMetrics) -> GateCheckResult:
        """Judge a test run."""
        check = rules_1.check_tests(metrics, self._evaluation(Metrics(tests=metrics)), self._timestamp())
        return self._announce(check)

    def check_model_quality(self, metrics: ModelMetrics, baseline: ModelMetrics | None = None) -> GateCheckResult:
        """Judge a model, against `baseline` where one is given (it beats the `baseline_*` fields)."""
        merged = metrics if baseline is None else metrics.with_baseline(baseline)
        check = rules_1.check_model_quality(merged, self._evaluation(Metrics(model=merged)), self._timestamp())
        return self._announce(check)

    def check_security(self, results: SecurityScanResults) -> GateCheckResult:
        """Judge a security scan."""
        check = rules_1.check_security(results, self._evaluation(Metrics(security=results)), self._timestamp())
        return self._announce(check)

    def check_all(
        self,
        model_name: str,
        model_version: str,
        test_metrics: TestMetrics | None = None,
        model_metrics: ModelMetrics | None = None,
        security_results: SecurityScanResults | None = None,
        baseline_model_metrics: ModelMetrics | None = None,
        *,
        custom_metrics: "Iterable[Measurement]" = (),
    ) -> QualityGateReport:
        """Run every gate that there are metrics for, and tell the callbacks.

        Args:
            custom_metrics: numbers that `metric_rules` judge, each with its baseline.

        Raises:
            InvalidValue: a name that no model version can have, or a baseline without metrics to compare.
        """
        name = ModelVersion(model_name, model_version)
        baseline = None
        if baseline_model_metrics is not None:
            if model_metrics is None:
                raise InvalidValue("a baseline is given without model metrics", field="baseline_model_metrics")
            model_metrics = model_metrics.with_baseline(baseline_model_metrics)
            baseline = Baseline(source="values", metrics=baseline_model_metrics)
        measured = Metrics(test_metrics, model_metrics, security_results, custom=tuple(custom_metrics))
        evaluation = self._evaluation(measured)
        timestamp = self._timestamp()
        report = QualityGateReport(
            self.context,
            name.model,
            name.version,
            timestamp,
            evaluate(evaluation, timestamp),
            evaluation=evaluation,
            provenance=Provenance(origins=self._origins, baseline=baseline),
        )
        for check in report.checks:
            self._announce(check)
        self._announce_report(report)
        return report

    def _evaluation(self, metrics: Metrics) -> Evaluation:
        rules = FURTHER_RULES if self.metric_rules else CURRENT_RULES
        return Evaluation(
            rules,
            self.context,
            (),
            self._require_evidence,
            self.thresholds,
            metrics,
            metric_rules=self.metric_rules or None,
        )

    def _timestamp(self) -> str:
        return self._clock().isoformat()

    def register_callback(self, event: str, callback: Callback) -> None:
        """Have `callback` called on an event.

        Args:
            event: gate_passed, gate_failed or gate_blocked, which pass the result of one gate; all_gates_passed,
                gates_failed or gates_blocked, which pass the report. A BLOCKED gate fires gate_failed too.

        Raises:
            InvalidValue: the event is unknown.
        """
        if event not in self._callbacks:
            raise InvalidValue(f"unknown event {event!r}", remedy=f"Known events: {', '.join(self._callbacks)}")
        self._callbacks[event].append(callback)

    def _announce(self, check: GateCheckResult) -> GateCheckResult:
        if check.passed:
            self._fire("gate_passed", check)
        else:
            self._fire("gate_failed", check)
            if check.status is GateStatus.BLOCKED:
                self._fire("gate_blocked", check)
        return check

    def _announce_report(self, report: QualityGateReport) -> None:
        if report.all_passed():
            self._fire("all_gates_passed", report)
        else:
            self._fire("gates_failed", report)
            if report.any_blocked():
                self._fire("gates_blocked", report)

    def _fire(self, event: str, value: GateCheckResult | QualityGateReport) -> None:
        for callback in self._callbacks[event]:
            try:
                callback(value)
            except Exception:
                import logging  # whatever a callback does, the result stands

                logging.getLogger("gitgates").exception("a callback for %s raised", event)

    @staticmethod
    def summary_string(report: QualityGateReport) -> str:
        """Return a report as a few lines of text."""
        from gitgates.api.summary import summary_string

        return summary_string(report)


def _configured(start: str, contexts: Iterable[str]) -> tuple[ConfigFile, ...]:
    """Return what the file `start` sets, or what is found from the folder `start`; ConfigError for a file without."""
    import os

    if os.path.isdir(start):
        return find_config(start, contexts)
    given = read_config(start, contexts)
    if given is None:
        raise ConfigError(f"{start}: there is no such file, or it sets no gates")
    return (given,)
