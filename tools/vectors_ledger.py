"""The valid records of the test vectors: one small ledger with every kind, written by two members."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from attrs import Factory, evolve, frozen

from gitgates.codec.policy_toml import parse_policy
from gitgates.codec.records import RecordCodec, record_id
from gitgates.codec.seals import render_seal
from gitgates.gates.evaluate import all_passed, evaluate
from gitgates.ledger.index import anchor_bytes
from gitgates.model import entries, records
from gitgates.model.checks import Evaluation
from gitgates.model.custom import Measurement, MetricRule
from gitgates.model.metric_paths import MetricPath
from gitgates.model.metrics import Metrics, ModelMetrics, SecurityScanResults, TestMetrics
from gitgates.model.names import DeploymentContext
from gitgates.model.paths import anchor_path, record_path, seal_path
from gitgates.model.policy import Signer
from gitgates.model.provenance import Artifact, Baseline, Input, Origin, Subject
from gitgates.model.thresholds import GateThresholds, default_thresholds
from gitgates.model.vulnerabilities import Vulnerability
from gitgates.model.waivers import WaiverRecord
from gitgates.trust.allowed_signers import render
from tools.vectors_policies import ROOT_TOML, SECOND_TOML
from tools.vectors_signing import ALICE, BOB, VectorKey

_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_TESTS = TestMetrics(200, 196, 1, 3, 41.5, 93.75)
_MODEL = ModelMetrics(0.9, 0.91, 0.885, 7.25, 118, 42.5, 2048, 0.89, 120, 2000.5)
_SECURITY = SecurityScanResults(0, 0, 1, 4, "2026-01-05T09:00:00Z", "trivy 0.58", unknown_vulnerabilities=0)


def at(minute: int) -> datetime:
    """Return a time in the small story that the ledger tells."""
    return datetime(2026, 1, 5, 9, minute, 30, 250000, tzinfo=UTC)


@frozen
class Built:
    """The ledger: bytes by path, and by the name of each record its path and author."""

    files: dict[str, bytes] = Factory(dict)
    paths: dict[str, str] = Factory(dict)
    authors: dict[str, VectorKey] = Factory(dict)
    ids: dict[str, str] = Factory(dict)

    def add(self, name: str, record: records.Record, author: VectorKey) -> str:
        """Sign `record`, and return its id."""
        data = RecordCodec().encode(record)
        identifier = record_id(data)
        path = record_path(record, identifier)
        self.files.update({path: data, f"{path}.sig": author.sign(data)})
        self.paths[name], self.authors[name], self.ids[name] = path, author, identifier
        if isinstance(record, entries.VersionEntry):
            self.files[anchor_path(record.model, record.version)] = anchor_bytes(record.model, record.version)
        return identifier

    def head(self, minute: int, author: VectorKey, version: str, context: str, *parents: str) -> dict[str, Any]:
        """Return the fields that every record of a model version has; `parents` are names of records."""
        policy = "second-policy" if "second-policy" in self.ids else "root"
        return {
            "ledger": self.ids["root"],
            "policy": self.ids[policy],
            "parents": tuple(sorted(self.ids[name] for name in parents)),
            "created": at(minute),
            "author": author.principal,
            "model": "veran",
            "version": version,
            "context": context,
        }


def build() -> Built:
    """Return the ledger: two policies, and seven model versions."""
    built = Built()
    _add_root(built)
    _add_report(built)
    _add_second_policy(built)
    _add_approved_version(built)
    _add_disputed_version(built)
    _add_others(built)
    return built


def _policy(text: str, keys: tuple[VectorKey, ...]) -> dict[str, Any]:
    signers = [Signer(key.principal, key.public.text) for key in keys]
    return {"policy_toml": text, "allowed_signers": render(signers), "parsed": parse_policy(text, signers)}


def _add_root(built: Built) -> None:
    root = records.PolicyRecord(created=at(0), author=ALICE.principal, **_policy(ROOT_TOML, (ALICE,)))
    built.add("root", root, ALICE)


def _add_second_policy(built: Built) -> None:
    """A second admin joins, and from now on both must sign: the new one does so by an endorsement."""
    seal = render_seal({("veran", "v6.2"): (built.ids["report"],)})
    digest = record_id(seal)
    built.files[seal_path(digest)] = seal
    ledger = built.ids["root"]
    second = records.PolicyRecord(
        ledger=ledger,
        parents=(ledger,),
        created=at(2),
        author=ALICE.principal,
        seal=digest,
        **_policy(SECOND_TOML, (ALICE, BOB)),
    )
    endorses = built.add("second-policy", second, ALICE)
    endorsement = records.EndorsementRecord(ledger=ledger, created=at(3), author=BOB.principal, endorses=endorses)
    built.add("endorsement", endorsement, BOB)


def _report(head: Mapping[str, Any], evaluation: Evaluation, stage: str = "pre", **more: Any) -> records.ReportRecord:
    checks = evaluate(evaluation)
    return records.ReportRecord(
        **head,
        stage=stage,
        rules=evaluation.rules,
        profile=evaluation.profile,
        required_gates=evaluation.required_gates,
        require_evidence=evaluation.require_evidence,
        thresholds=evaluation.thresholds,
        metrics=evaluation.metrics,
        metric_rules=evaluation.metric_rules,
        checks=tuple(records.Check(c.gate_name, c.status, c.passed, c.message) for c in checks),
        outcome="passed" if all_passed(checks) else "failed",
        **{"subject": Subject(commit="c0ffee" + "0" * 34, dirty=False), "origins": (), "inputs": (), **more},
    )


def _in_production(metrics: Metrics) -> Evaluation:
    context = DeploymentContext.PRODUCTION
    return Evaluation(
        "gates/1", context, ("model_quality", "security", "tests"), True, default_thresholds(context), metrics
    )


def _add_report(built: Built) -> None:
    evaluation = _in_production(Metrics(_TESTS, _MODEL, _SECURITY))
    stricter = GateThresholds.from_dict(evaluation.thresholds.to_dict() | {"min_quality_score": 0.875})
    artifacts = (Artifact("model.gguf", "file", _DIGEST, 4096), Artifact("tokenizer", "folder", _DIGEST[::-1], 512))
    report = _report(
        built.head(1, ALICE, "v6.2", "production"),
        evolve(evaluation, thresholds=stricter),
        subject=Subject(commit="c0ffee" + "0" * 34, dirty=False, artifacts=artifacts),
        origins=(Origin("min_quality_score", "gates.toml"),),
        inputs=(Input("tests", "junit.xml", "junit", _DIGEST), Input("baseline", "v6.1.json", "native", _DIGEST[::-1])),
        baseline=Baseline(source="file", metrics=ModelMetrics(0.89, latency_ms=120, memory_mb=2000.5)),
    )
    built.add("report", report, ALICE)


def _add_approved_version(built: Built) -> None:
    """v6.2: approved by somebody else than who checked it, deployed, and measured again in its place."""
    head = built.head
    text: dict[str, Any] = {
        "notes": 'Tab\there, "quotes", a \\ and \x01; grüße, 日本, 🙂, \u2028 and \x7f stay.',
        "on_behalf_of": "QA team",
    }
    approval = records.DecisionRecord(
        **head(4, BOB, "v6.2", "production", "report"), approved=True, report=built.ids["report"], forced=False, **text
    )
    relied_upon = (built.add("approval", approval, BOB),)
    place: dict[str, Any] = {"target": "prod-cluster", "decisions": relied_upon}
    place["artifacts"] = (Artifact("model.gguf", "file", _DIGEST, 4096),)
    started = records.DeploymentRecord(**head(5, ALICE, "v6.2", "production", "approval"), phase="started", **place)
    first = built.add("deployment-started", started, ALICE)
    ended = records.DeploymentRecord(
        **head(6, ALICE, "v6.2", "production", "deployment-started"),
        phase="succeeded",
        started=first,
        previous=records.Previous("v6.2", first),
        **place,
    )
    built.add("deployment-succeeded", ended, ALICE)
    later = _report(
        head(7, ALICE, "v6.2", "production", "deployment-succeeded"),
        _in_production(Metrics(model=evolve(_MODEL, quality_score=0.7))),
        "post",
    )
    built.add("report-after-deployment", later, ALICE)


def _add_disputed_version(built: Built) -> None:
    """v6.3: failed, rejected, the rejection withdrawn, approved by force, and rolled back in the end."""
    head = built.head
    thresholds = default_thresholds(DeploymentContext.DEVELOPMENT)
    metrics = Metrics(tests=TestMetrics(10, 7, 3), model=ModelMetrics(None, perplexity=1e-7))
    failing = Evaluation("gates/1", DeploymentContext.DEVELOPMENT, (), False, thresholds, metrics)
    report = _report(head(8, ALICE, "v6.3", "development"), failing, subject=Subject(dirty=True))
    failed = built.add("report-failed", report, ALICE)
    rejection = records.DecisionRecord(
        **head(9, BOB, "v6.3", "development", "report-failed"), approved=False, forced=False, reason="Three tests fail"
    )
    rejected = built.add("rejection", rejection, BOB)
    withdrawal = records.WithdrawalRecord(
        **head(10, BOB, "v6.3", "development", "rejection"), withdraws=rejected, reason="They fail everywhere"
    )
    built.add("withdrawal", withdrawal, BOB)
    forced = records.DecisionRecord(
        **head(11, ALICE, "v6.3", "development", "withdrawal"),
        approved=True,
        report=failed,
        forced=True,
        reason="Known failures, see the list",
    )
    built.add("approval-forced", forced, ALICE)
    rollback = records.RollbackRecord(
        **head(12, ALICE, "v6.3", "development", "approval-forced"),
        target="dev-1",
        phase="succeeded",
        reason="Answers are empty",
        to_version="v6.2",
    )
    built.add("rollback", rollback, ALICE)


def _add_waived_version(built: Built) -> None:
    """v6.4: a vulnerability is waived, but the policy allows no waivers."""
    thresholds = default_thresholds(DeploymentContext.PRODUCTION)
    found = (Vulnerability("CVE-2024-1234", "high"), Vulnerability("GHSA-9c47-m6qq-7p4h", "low", 3))
    scan = SecurityScanResults(0, 1, 0, 3, vulnerabilities=found)
    evaluation = Evaluation("gates/1", DeploymentContext.PRODUCTION, (), True, thresholds, Metrics(security=scan))
    built.add("report-waived", _report(built.head(15, ALICE, "v6.4", "production"), evaluation), ALICE)
    waiver = WaiverRecord(
        **built.head(16, BOB, "v6.4", "production", "report-waived"),
        finding="CVE-2024-1234",
        expires=datetime(2026, 4, 1, tzinfo=UTC),
        reason="The function is never called",
    )
    built.add("waiver", waiver, BOB)


def _add_version_with_own_metrics(built: Built) -> None:
    """v6.5: judged by metrics of the project's own; one change is within the noise."""
    thresholds = default_thresholds(DeploymentContext.DEVELOPMENT)
    toxicity = Measurement(
        name="toxicity", value=0.0195, samples=500, stderr=0.003, baseline=0.01, baseline_samples=400,
        baseline_stderr=0.004,
    )  # fmt: skip
    rules = (
        MetricRule(
            name="bleu", gate="text", path="tasks.wmt.bleu", direction="higher", min=20, max_decrease_absolute=1.5,
            min_samples=100, confidence=0.9, source="policy",
        ),
        MetricRule(
            name="toxicity", gate="toxicity", path="toxicity", direction="lower", max=0.02, max_increase=0.1,
            confidence=0.95, source="pyproject.toml",
        ),
    )  # fmt: skip
    custom = (Measurement(name="bleu", value=31.25, samples=2000, baseline=30), toxicity)
    metrics = Metrics(custom=custom)
    context = DeploymentContext.DEVELOPMENT
    evaluation = Evaluation("gates/2", context, (), False, thresholds, metrics, metric_rules=rules)
    named = (MetricPath("latency_ms", "stats.p50"), MetricPath("quality_score", "tasks.arc.acc"))
    inputs = (
        Input("tests", "coverage.json", "coverage-json", _DIGEST, read_from=(MetricPath("coverage_percent", "lines"),)),
        Input("model", "results.json", "lm-eval", _DIGEST[::-1], read_from=named),
    )
    head = built.head(17, ALICE, "v6.5", "development")
    built.add("report-own-metrics", _report(head, evaluation, inputs=inputs), ALICE)


def _add_others(built: Built) -> None:
    assertion = records.AssertionRecord(
        **built.head(13, ALICE, "v5.0", "production"),
        asserts="approval",
        claimed_by="carol",
        claimed_at="2025-03-01",
        source="approvals/veran_v5.json",
        sha256=_DIGEST,
    )
    built.add("assertion", assertion, ALICE)
    _add_waived_version(built)
    _add_version_with_own_metrics(built)
    thresholds = default_thresholds(DeploymentContext.DEVELOPMENT)
    metrics = Metrics(tests=TestMetrics(20, 19, 1, coverage_percent=80))
    evaluation = Evaluation("gates/1", DeploymentContext.DEVELOPMENT, (), False, thresholds, metrics)
    head = built.head(14, ALICE, "v1 rc", "development") | {"model": "Größe/δ"}
    built.add("report-unusual-name", _report(head, evaluation), ALICE)
