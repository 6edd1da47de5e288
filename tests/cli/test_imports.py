"""Start-up is most of a command's cost: what the commands that only read must not import (docs/performance.md)."""

import subprocess
import sys
from pathlib import Path

import attr
import cryptography
import pytest

from tests.cli.project import Project
from tests.support import CHECKOUT

# attrs itself imports inspect, ast, platform and unicodedata: those are beyond our say.
HEAVY = {
    "asyncio", "concurrent", "csv", "dataclasses", "difflib", "email", "fractions", "git", "glob", "http",
    "importlib.metadata", "importlib.resources", "junitparser", "logging", "multiprocessing", "pathlib", "pprint",
    "random", "rich", "secrets", "shtab", "shutil", "socket", "ssl", "string", "tempfile", "textwrap", "tomllib",
    "traceback", "urllib", "uuid", "xml",
}  # fmt: skip
# Few projects have metrics of their own.
OF_OWN_METRICS = {
    "gitgates.model.custom", "gitgates.gates.rules_2", "gitgates.decision.metric_rules", "gitgates.ledger.metric_rules",
    "gitgates.config.metric_rules", "gitgates.codec.metric_rules", "gitgates.api.measuring",
}  # fmt: skip
# Parts of gitgates that a reader has no use for: what writes, signs, reads files of other tools or configuration.
OURS = {
    *OF_OWN_METRICS,
    "gitgates.api.checking", "gitgates.config", "gitgates.formats", "gitgates.integrations", "gitgates.ledger.index",
    "gitgates.ledger.verification", "gitgates.ledger.writing", "gitgates.store.append", "gitgates.store.worktree",
    "gitgates.trust.openssh", "gitgates.trust.signing",
}  # fmt: skip
# To show help it is enough to know the arguments.
OF_A_LEDGER = {"cryptography", "gitgates.ledger", "gitgates.store", "gitgates.trust"}


def imported(project: Project, *args: str) -> set[str]:
    """Return the modules that a process running `gitgates ARGS` has imported when it ends.

    -S leaves out the start-up files of site-packages, whose imports are not ours.
    """
    libraries = {str(Path(module.__file__ or "").parent.parent) for module in (attr, cryptography)}
    script = (
        f"import sys\nsys.path[:0] = {[str(CHECKOUT), *libraries]}\n"
        f"sys.argv = {['gitgates', *args]}\n"
        "from gitgates.cli.script import main\n"
        "code = main()\n"
        "print('\\nMODULES', *sys.modules)\n"
        "sys.exit(code)"
    )
    command = [sys.executable, "-I", "-S", "-c", script]
    done = subprocess.run(command, cwd=project.path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done
    return set(done.stdout.rpartition("\nMODULES ")[2].split())


def below(modules: set[str], names: set[str]) -> set[str]:
    """Return those of `modules` that are one of `names`, or lie in one."""
    return {module for module in modules if any(module == name or module.startswith(f"{name}.") for name in names)}


@pytest.mark.parametrize(
    "args",
    [
        ("can-deploy", "--model", "veran:v6.1", "--context", "production"),
        ("can-deploy", "--model", "veran:v6.1", "--context", "production", "--explain", "--json"),
        ("status", "--model", "veran:v6.1"),
        ("status", "--model", "veran:v6.1", "--json"),
    ],
)
def test_commands_that_read_start_light(project: Project, args: tuple[str, ...]) -> None:
    project.approved()
    modules = imported(project, *args)
    assert {"gitgates.decision.decide", "gitgates.trust.verify"} <= modules  # it did its work
    assert below(modules, HEAVY | OURS) == set()


@pytest.mark.parametrize("args", [("--help",), ("--version",), ("status", "--help"), ("check", "--help")])
def test_help_opens_no_ledger(project: Project, args: tuple[str, ...]) -> None:
    modules = imported(project, *args)
    of_help = {"shutil", "textwrap"}  # what argparse makes and wraps lines with
    assert below(modules, HEAVY - of_help | OURS | OF_A_LEDGER) == set()


def test_a_check_pays_for_own_metrics_only_where_there_are_some(project: Project) -> None:
    check = ("check", "--model", "veran:v6.1", "--metrics", "metrics-v6.1.json", "--no-record")
    modules = imported(project, *check)
    assert "gitgates.api.checking" in modules
    assert below(modules, OF_OWN_METRICS) == set()
    (project.path / "gates.toml").write_text('[[tool.afs.gates.staging.metric]]\nname = "accuracy"\nmin = 0\n')
    (project.path / "m.json").write_text('{"quality_score": 0.9, "accuracy": 0.9, "throughput_tokens_per_sec": 50}')
    modules = imported(project, *check[:-2], "m.json", check[-1])
    assert below(modules, OF_OWN_METRICS) >= {"gitgates.gates.rules_2", "gitgates.config.metric_rules"}


def test_only_the_named_command_is_imported(project: Project) -> None:
    project.approved()
    modules = imported(project, "status", "--model", "veran:v6.1")
    assert below(modules, {"gitgates.cli.commands"}) == {"gitgates.cli.commands", "gitgates.cli.commands.status"}
