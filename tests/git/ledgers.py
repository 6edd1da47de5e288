"""Small real ledgers for tests: made with real keys, through the functions that the commands use."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs

from gitgates.decision.decide import Question, decide
from gitgates.ledger.deployments import Target, history_of, record_deployment, record_rollback
from gitgates.ledger.genesis import create_ledger
from gitgates.ledger.query import open_version
from gitgates.ledger.reading import Ledger
from gitgates.ledger.recording import Verdict, approve, record_report, reject
from gitgates.ledger.subject import find_subject
from gitgates.ledger.writing import Writer, Written
from gitgates.model.checks import Evaluation, QualityGateReport
from gitgates.model.custom import MetricRule
from gitgates.model.metrics import Metrics, ModelMetrics, SecurityScanResults, TestMetrics
from gitgates.model.names import DeploymentContext, ModelVersion
from gitgates.model.policy import ContextPolicy
from gitgates.model.provenance import Baseline, Provenance
from gitgates.model.thresholds import default_thresholds
from gitgates.store.repository import Repository
from gitgates.trust.signing import SigningKey, find_key
from tests.support import Key, git

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
METRICS = Metrics(
    TestMetrics(100, 99, 1, 0, 1.5, 95.0),
    ModelMetrics(0.91, latency_ms=20.0, memory_mb=100.0),
    SecurityScanResults(0, 0, 0, 1),
)


@attrs.define
class Book:
    """A ledger in the repository at `path`, written to by the owner of `key`; each record a second after the last."""

    path: Path
    key: Key
    environ: Mapping[str, str]
    now: datetime = NOW

    def open(self) -> Ledger:
        return Ledger.open(str(self.path), environ=self.environ)

    def signer(self) -> SigningKey:
        return find_key(str(self.key.path), self.environ, Repository.open(str(self.path)).config, str(self.path))

    def later(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def report(
        self,
        name: str,
        context: str = "staging",
        baseline: Baseline | None = None,
        metrics: Metrics = METRICS,
        metric_rules: tuple[MetricRule, ...] = (),
    ) -> Written:
        model = ModelVersion.parse(name)
        with self.open() as ledger:
            opened = open_version(ledger, model, self.later(), must_exist=False)
            profile = DeploymentContext(context)
            evaluation = Evaluation(
                rules="gates/1",
                profile=profile,
                required_gates=(),
                require_evidence=False,
                thresholds=default_thresholds(profile),
                metrics=metrics,
                metric_rules=metric_rules,
            )
            report = QualityGateReport(
                profile,
                model.model,
                model.version,
                "",
                [],
                evaluation=evaluation,
                provenance=Provenance(baseline=baseline),
            )
            writer = Writer(ledger, self.signer(), self.now)
            required = self.required(ledger, context)
            return record_report(writer, opened.known, report, required, find_subject(ledger.repository))

    def approve(self, name: str, report: Written, context: str = "staging") -> Written:
        model = ModelVersion.parse(name)
        with self.open() as ledger:
            known = open_version(ledger, model, self.later()).known
            writer = Writer(ledger, self.signer(), self.now)
            return approve(writer, known, model, self.required(ledger, context), report.id, Verdict())

    def reject(self, name: str, context: str = "staging") -> Written:
        model = ModelVersion.parse(name)
        with self.open() as ledger:
            known = open_version(ledger, model, self.later(), must_exist=False).known
            writer = Writer(ledger, self.signer(), self.now)
            return reject(writer, known, model, self.required(ledger, context), Verdict(reason="slow"))

    def deploy(self, name: str, context: str = "staging", *, undo: bool = False) -> Written:
        model, target = ModelVersion.parse(name), Target(context, "cluster")
        with self.open() as ledger:
            known = open_version(ledger, model, self.later()).known
            writer = Writer(ledger, self.signer(), self.now)
            history = history_of(ledger, model, target, self.now)
            if undo:
                return record_rollback(writer, known, model, target, history, "succeeded", reason="slow")
            decision = decide(known, Question(model.model, model.version, context))
            return record_deployment(writer, known, model, target, history, "succeeded", relied_upon=decision)

    def allowed(self, name: str, context: str = "staging") -> str:
        """Return the answer of can-deploy."""
        model = ModelVersion.parse(name)
        with self.open() as ledger:
            opened = open_version(ledger, model, self.now, must_exist=False)
            return decide(opened.known, Question(model.model, model.version, context)).answer.value

    def filled(self) -> "Book":
        """Put two models with three versions in: all kinds of records, one model's deployments over two versions."""
        for name in ("veran:v1", "veran:v2"):
            self.approve(name, self.report(name))
            self.deploy(name)
        self.deploy("veran:v2", undo=True)
        self.report("other:1.0", "development")
        self.reject("other:1.0", "development")
        return self

    @staticmethod
    def required(ledger: Ledger, context: str) -> ContextPolicy:
        required = ledger.chain.current().context(context)
        assert required is not None
        return required


def new_book(path: Path, key: Key, environ: Mapping[str, str], branch: str | None = None) -> Book:
    """Make a ledger in the repository at `path`."""
    book = Book(path, key, environ)
    repository = Repository.open(str(path))
    create_ledger(repository, book.signer(), key.principal, NOW, branch)
    return book


def commit_files(path: Path, message: str, files: Mapping[str, str | bytes | None]) -> str:
    """Write files (None: remove) below `path` and commit them; return the commit."""
    for name, content in files.items():
        file = path / name
        if content is None:
            git(path, "rm", "-q", "-r", "--", name)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
            git(path, "add", "-f", "--", name)
    git(path, "commit", "-q", "-m", message)
    return git(path, "rev-parse", "HEAD")


def notes(path: Path) -> dict[str, dict[str, str]]:
    """Return every note by ref and object, as git itself reads them."""
    refs = git(path, "for-each-ref", "--format=%(refname)", "refs/notes/gates").splitlines()
    return {
        ref: {
            line.split()[1]: git(path, "cat-file", "blob", line.split()[0])
            for line in git(path, "notes", "--ref", ref, "list").splitlines()
        }
        for ref in refs
    }
