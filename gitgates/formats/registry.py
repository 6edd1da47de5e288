"""All built-in formats, one row each. A new one is a module with a `Format`, and one row here.

A file is shown only to the formats whose row fits it, and only their modules are imported: start-up is most of what a
command costs.
"""

from gitgates.formats.base import Format, Role
from gitgates.model.frozen import frozen

LIST = "[]"
"""The mark of JSON whose top level is a list."""


@frozen
class Entry:
    """One built-in format, as far as it is known before its module is imported.

    Attributes:
        name, title, roles: those of the `Format`.
        syntax: `json`, `xml`, `text` or `folder`.
        marks: top-level keys of JSON (or `LIST`), root tags of XML, or beginnings of a text's first line, of which at
            least one is there in each file of the format. Empty: every file of the syntax is shown to it.
        module: the module in this package, and after a colon the name in it, if that is not `FORMAT`.
        last: it is asked only where no other format fits, those of plug-ins included: its files have no mark.
    """

    name: str
    title: str
    roles: tuple[Role, ...]
    syntax: str
    marks: tuple[str, ...]
    module: str
    last: bool = False

    def load(self) -> Format:
        """Import the module and return its format."""
        from importlib import import_module

        module, _, name = self.module.partition(":")
        found: Format = getattr(import_module(f"gitgates.formats.{module}"), name or "FORMAT")
        return found


FORMATS = (
    Entry("native-tests", "native JSON of test metrics", (Role.TESTS,), "json", (), "native:TESTS"),
    Entry("native-model", "native JSON of model metrics", (Role.MODEL,), "json", (), "native:MODEL"),
    Entry("native-security", "native JSON of a security scan", (Role.SECURITY,), "json", (), "native:SECURITY"),
    # Tests and coverage
    Entry("coverage-json", "coverage.py JSON", (Role.TESTS,), "json", ("totals",), "coverage_json"),
    Entry("cobertura-xml", "Cobertura XML", (Role.TESTS,), "xml", ("coverage",), "cobertura"),
    Entry("jacoco-xml", "JaCoCo XML", (Role.TESTS,), "xml", ("report",), "jacoco"),
    Entry("lcov", "LCOV tracefile", (Role.TESTS,), "text", ("TN:", "SF:"), "lcov"),
    Entry("junit-xml", "JUnit XML", (Role.TESTS,), "xml", ("testsuites", "testsuite"), "junit"),
    Entry("pytest-json-report", "pytest-json-report", (Role.TESTS,), "json", ("exitcode",), "pytest_json_report"),
    Entry("ctrf", "CTRF JSON", (Role.TESTS,), "json", ("results",), "ctrf"),
    # Security scans
    Entry("trivy", "Trivy JSON", (Role.SECURITY,), "json", ("SchemaVersion",), "trivy"),
    Entry("grype", "Grype JSON", (Role.SECURITY,), "json", ("matches",), "grype"),
    Entry("pip-audit", "pip-audit JSON", (Role.SECURITY,), "json", ("dependencies",), "pip_audit"),
    Entry("osv-scanner", "OSV-Scanner JSON", (Role.SECURITY,), "json", ("results",), "osv_scanner"),
    Entry(
        "npm-audit",
        "npm audit JSON",
        (Role.SECURITY,),
        "json",
        ("auditReportVersion", "advisories", "error"),
        "npm_audit",
    ),
    Entry("safety", "Safety JSON", (Role.SECURITY,), "json", ("report_meta", "scan_results"), "safety"),
    Entry("bandit", "bandit JSON", (Role.SECURITY,), "json", ("metrics",), "bandit"),
    Entry("semgrep-json", "Semgrep JSON", (Role.SECURITY,), "json", ("paths",), "semgrep"),
    Entry("sarif", "SARIF 2.1.0", (Role.SECURITY,), "json", ("runs",), "sarif"),
    Entry("cyclonedx", "CycloneDX JSON", (Role.SECURITY,), "json", ("bomFormat",), "cyclonedx"),
    # Model metrics
    Entry("lm-eval", "lm-evaluation-harness results", (Role.MODEL,), "json", ("versions",), "lm_eval"),
    Entry("mlflow-run", "MLflow run", (Role.MODEL,), "json", ("data", "run"), "mlflow_run"),
    Entry("mlflow-store", "MLflow run folder", (Role.MODEL,), "folder", (), "mlflow_store"),
    Entry(
        "hf-trainer",
        "Hugging Face Trainer results",
        (Role.MODEL,),
        "json",
        ("eval_runtime", "train_runtime", "test_runtime", "predict_runtime"),
        "hf_trainer:FORMAT_RESULTS",
    ),
    Entry(
        "hf-trainer-state",
        "Hugging Face Trainer state",
        (Role.MODEL,),
        "json",
        ("log_history",),
        "hf_trainer:FORMAT_STATE",
    ),
    Entry("hf-model-card", "Hugging Face model card", (Role.MODEL,), "text", ("---",), "model_card"),
    Entry(
        "sklearn-report", "scikit-learn classification report", (Role.MODEL,), "json", ("macro avg",), "sklearn_report"
    ),
    Entry("promptfoo", "promptfoo results", (Role.MODEL,), "json", ("evalId",), "promptfoo"),
    Entry("deepeval", "deepeval test run", (Role.MODEL,), "json", ("metricsScores",), "deepeval"),
    Entry("afs-registry", "scores in AFS's model registry", (Role.MODEL,), "json", ("afs_registry",), "afs_registry"),
    Entry("dvc", "metrics of DVC or DVCLive (JSON)", (Role.MODEL,), "json", (), "dvc", last=True),
    Entry("dvc-yaml", "metrics of DVC (YAML)", (Role.MODEL,), "text", (), "dvc:FORMAT_YAML", last=True),
)
