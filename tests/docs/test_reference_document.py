"""The document that the product was conceived from: what it says to type works as typed, its Python runs as printed.

The document lies beside the checkout and not in it, so these tests are skipped where it is absent.
"""

import ast
import json
import logging
import os
import re
import runpy
import shlex
import subprocess
import sys
import textwrap
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gitgates import (
    DeploymentController,
    GateThresholds,
    ModelMetrics,
    QualityGate,
    RegistryIntegration,
    SecurityScanResults,
)
from gitgates.integrations import afs_script
from tests.cli.project import MEASURED, environment
from tests.docs.afs_world import (
    Recorder,
    bad_model,
    forget_afs,
    good_model,
    good_tests,
    provide_modules,
    serve_afs_gates,
    stand_in,
    with_inputs,
)
from tests.docs.markdown import blocks
from tests.support import CHECKOUT, Gitgates, exit_code, git

DOCUMENT = CHECKOUT.parent / "shared/reference/gates-integration.md"
pytestmark = pytest.mark.skipif(not DOCUMENT.exists(), reason="the reference document is not beside this checkout")

Names = dict[str, Any]


@pytest.fixture
def notifier() -> Recorder:
    return Recorder()


@pytest.fixture(autouse=True)
def world(workplace: Path, gitgates: Gitgates, notifier: Recorder, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Work in a repository with a ledger, with `afs.gates` as installed and the rest of AFS stood in for."""
    assert gitgates("init").code == 0
    serve_afs_gates(monkeypatch)
    provide_modules(notifier)
    yield
    forget_afs()


def python_block(heading: str) -> str:
    (block,) = (block for block in blocks(DOCUMENT, "python") if block.heading == heading)
    return block.text


class FillIn(ast.NodeTransformer):
    """Puts a number where the document passes `...` for "whatever you measured"; everything else stays as printed."""

    def visit_keyword(self, node: ast.keyword) -> ast.keyword:
        if isinstance(node.value, ast.Constant) and node.value.value is Ellipsis:
            node.value = ast.copy_location(ast.Constant(0.9), node.value)
        return node


def run_block(heading: str, **names: Any) -> Names:
    """Run a block; `names` are those that the document leaves open. Returns all names it leaves behind."""
    names.setdefault("__name__", "block")
    tree = FillIn().visit(ast.parse(python_block(heading)))
    exec(compile(ast.fix_missing_locations(tree), f"{DOCUMENT.name}: {heading}", "exec"), names)
    return names


def approve(version: str = "v6.2", context: str = "production") -> None:
    """Record a good report with all numbers and approve it, from Python."""
    report = QualityGate(context).check_all(
        "veran", version, good_tests(), good_model(), SecurityScanResults(0, 0, 1, 3, "2026-01-05", "trivy")
    )
    assert RegistryIntegration().approve_version(report)


# --- the command line ------------------------------------------------------------------------------------------------

REAL_INPUTS = {
    "check": ["--metrics", "metrics-v6.1.json", *MEASURED],
    "approve": ["--notes", "ship it"],
    "status": ["--context", "production"],
    "history": ["--last", "5", "--verbose"],
    "report": ["--verbose"],
}


def printed_commands() -> list[list[str]]:
    (block,) = (b for b in blocks(DOCUMENT, "bash") if b.heading == "CLI Integration")
    commands = [shlex.split(line) for line in block.text.splitlines()]
    assert [command[2] for command in commands] == ["check", "approve", "reject", "status", "history", "report"]
    return commands


def run_script(monkeypatch: pytest.MonkeyPatch, *argv: str) -> int | str | None:
    monkeypatch.setattr(sys, "argv", list(argv))
    return afs_script.main()


def run_module(monkeypatch: pytest.MonkeyPatch, *argv: str) -> int | str | None:
    monkeypatch.setattr(sys, "argv", ["-m", *argv])
    with pytest.raises(SystemExit) as end:
        runpy.run_module("afs.gates", run_name="__main__")
    return exit_code(end.value)


def test_every_command_as_typed(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    shown = {}
    for program, group, *arguments in printed_commands():
        assert (program, group) == ("afs", "gates")
        given = with_inputs(arguments, REAL_INPUTS.get(arguments[0]))
        assert run_script(monkeypatch, "afs", "gates", *given) == 0, (given, capfd.readouterr())
        shown[arguments[0]] = capfd.readouterr().out
    assert shown["check"].startswith("veran:v6.2 production: PASSED\n")
    assert shown["approve"].startswith("approved veran:v6.2 for production\n")
    assert shown["reject"].startswith("rejected veran:v6.2 for production\n")
    assert "denied: rejected by alice@example.com: ..." in shown["status"]
    for event in ("report passed", "decision approved", "decision rejected"):
        assert event in shown["history"]
    assert shown["report"].startswith("veran:v6.2 production: PASSED\n")


def test_every_command_as_a_module(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    for _, _, *arguments in printed_commands():
        given = with_inputs(arguments, REAL_INPUTS.get(arguments[0]))
        assert run_module(monkeypatch, *given) == 0, (given, capfd.readouterr())


def test_direct_invocation(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    (block,) = (b for b in blocks(DOCUMENT, "bash") if b.heading == "Registering with AFS CLI")
    python, dash_m, module, *arguments = shlex.split(block.text)
    assert (python, dash_m, module) == ("python", "-m", "afs.gates")
    assert run_module(monkeypatch, *with_inputs(arguments, REAL_INPUTS["check"])) == 0
    assert capfd.readouterr().out.startswith("veran:v6.2 production: PASSED\n")


def test_registering_with_afs(capfd: pytest.CaptureFixture[str]) -> None:
    """The block as printed, as part of a module `afs.cli`: `from . import gates` and `gates.register_parsers`."""
    import argparse

    stand_in("afs.cli", package=True)
    host = argparse.ArgumentParser(prog="afs")
    names = run_block(
        "Registering with AFS CLI", __name__="afs.cli", __package__="afs.cli", subparsers=host.add_subparsers()
    )
    names["build_parser"]()
    args = host.parse_args(["gates", "status", "--model", "veran:v6.2"])
    assert args.func(args) == 1
    assert "the ledger knows no model version veran:v6.2" in capfd.readouterr().err


def test_pre_merge_validation(workplace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The CI step, on what a real `pytest --cov=afs --cov-report=json tests/` writes."""
    (block,) = (b for b in blocks(DOCUMENT, "yaml") if b.heading == "2. Pre-Merge Validation")
    ci = tmp_path / "ci"
    for name, text in {
        "afs/__init__.py": "def double(number):\n    return 2 * number\n",
        "tests/test_afs.py": "import afs\n\ndef test_double():\n    assert afs.double(2) == 4\n",
    }.items():
        (ci / name).parent.mkdir(parents=True, exist_ok=True)
        (ci / name).write_text(text)
    tests = re.search(r"^ +(pytest --cov.*)$", block.text, re.MULTILINE)
    assert tests is not None
    clean = {name: value for name, value in environment().items() if not name.startswith("COV")}
    command = [sys.executable, "-m", *shlex.split(tests[1]), "-p", "no:cacheprovider"]
    subprocess.run(command, cwd=ci, env=clean | {"PYTHONPATH": str(ci)}, check=True, capture_output=True)
    (workplace / "coverage.json").write_bytes((ci / "coverage.json").read_bytes())
    (workplace / "security-scan.json").write_bytes((workplace / "scan.json").read_bytes())
    step = re.search(r"python -m afs\.gates (check .*?)\n +continue-on-error", block.text, re.DOTALL)
    assert step is not None
    typed = re.sub(r"\$\{\{.*?\}\}", "12", step[1]).replace("\\\n", " ")
    assert run_module(monkeypatch, *shlex.split(typed)) == 0
    assert git(workplace, "log", "-1", "--format=%s") == "gates: report afs:pr-12 staging passed"


# --- workflows -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("quality", "complaints"), [(0.91, 0), (0.10, 1)])
def test_training_pipeline(quality: float, complaints: int) -> None:
    log = Recorder()
    names = run_block(
        "1. Training Pipeline Integration",
        extract_test_metrics=lambda results: good_tests(),
        extract_model_metrics=lambda results: ModelMetrics(quality),
        logger=log,
    )
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


# --- configuration ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", ["pyproject.toml", "gates.toml"])
def test_configuration(file: str, workplace: Path, gitgates: Gitgates) -> None:
    (block,) = blocks(DOCUMENT, "toml")
    (workplace / file).write_text(block.text)
    printed = tomllib.loads(block.text)["tool"]["afs"]["gates"]
    for context, thresholds in printed.items():
        gate = QualityGate.from_config(context)
        for name, value in thresholds.items():
            assert getattr(gate.thresholds, name) == value
        given = QualityGate(context, GateThresholds.from_dict(thresholds))
        assert gate.thresholds.to_dict() == given.thresholds.to_dict()
        done = gitgates(
            "check",
            "--model",
            "veran:v6.2",
            "--context",
            context,
            "--metrics",
            "metrics-v6.1.json",
            *MEASURED,
            "--json",
        )
        assert done.code == 0
        assert {name for name, origin in json.loads(done.out)["origins"].items() if origin == file} == set(thresholds)


def test_every_block_is_run_here() -> None:
    tested = Path(__file__).read_text()
    for block in blocks(DOCUMENT, "python"):
        assert f'"{block.heading}"' in tested, block.heading
        ast.parse(textwrap.dedent(block.text))
