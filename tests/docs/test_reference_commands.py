"""The document that the product was conceived from: every command, and the configuration, works as it is typed there.

The document lies beside the checkout and not in it, so these tests are skipped where it is absent.
"""

import json
import re
import runpy
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from gitgates import GateThresholds, QualityGate
from gitgates.integrations import afs_script
from tests.cli.project import MEASURED, environment
from tests.docs.afs_world import stand_in, with_inputs
from tests.docs.markdown import blocks
from tests.docs.reference import ABSENT, DOCUMENT, run_block
from tests.support import Gitgates, exit_code, git

pytestmark = [ABSENT, pytest.mark.usefixtures("afs_world")]

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
