"""`formats`, `completion`, `demo`."""

import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gitgates.cli.commands import COMMANDS
from gitgates.cli.demo import STEPS
from gitgates.cli.parser import build_parser
from gitgates.formats.registry import FORMATS
from tests.cli.project import environment
from tests.support import Gitgates, run


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_help_ends_with_examples_that_can_be_typed(command: str, gitgates: Gitgates) -> None:
    _, _, told = gitgates(command, "--help").out.partition("\nexample")
    lines = told.partition(":\n")[2].replace("\\\n", " ").splitlines()
    assert lines, "no example"
    for line in lines:
        program, *args = shlex.split(line.partition(" && ")[0])
        assert (program, args[0]) == ("gitgates", command)
        assert build_parser(only=command).parse_args(args).command == command


def test_a_misspelt_option_is_told_with_those_of_the_command(gitgates: Gitgates) -> None:
    done = gitgates("can-deploy", "--model", "veran:v6.1", "--context", "production", "--artefact", "model.bin")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("usage: gitgates can-deploy ")
    assert "[--artifact PATH]" in done.err
    assert done.err.endswith("gitgates can-deploy: error: unrecognized arguments: --artefact model.bin\n")


def test_formats(gitgates: Gitgates) -> None:
    done = gitgates("formats")
    assert done.code == 0
    for item in FORMATS:
        assert item.name in done.out
        assert item.title in done.out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str, gitgates: Gitgates, tmp_path: Path) -> None:
    done = gitgates("completion", shell)
    assert (done.code, done.err) == (0, "")
    for command in COMMANDS:
        assert command.name in done.out
    script = tmp_path / "script"
    script.write_text(done.out)
    if shutil.which(shell) is not None:  # the others where they are there
        checked = run(shell, "-n", script)
        assert (checked.code, checked.err) == (0, "")


def test_bash_completes_commands_and_flags(gitgates: Gitgates, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text(gitgates("completion", "bash").out)
    asked = """
        source "$1"
        COMP_WORDS=(gitgates can) COMP_CWORD=1; _shtab_gitgates; echo "${COMPREPLY[@]}"
        COMP_WORDS=(gitgates can-deploy --tr) COMP_CWORD=2; _shtab_gitgates; echo "${COMPREPLY[@]}"
    """
    done = run("bash", "-c", asked, "bash", script)
    assert done.out.split() == ["can-deploy", "--trust-first-use"]


def test_an_unknown_shell(gitgates: Gitgates) -> None:
    done = gitgates("completion", "tcsh")
    assert done.code == 2
    assert "bash" in done.err


def test_demo(tmp_path: Path) -> None:
    """The whole demo as a process, leaving nothing behind, though the user's environment is full of surprises."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "gitgates", "demo"],
        cwd=tmp_path,
        env=environment(TMPDIR=str(temporary), GITGATES_ROOT="0" * 64, GIT_DIR="/nowhere"),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done
    shown = [line[2:] for line in done.stdout.splitlines() if line.startswith("$ ")]
    assert shown == [step.command for step in STEPS]
    assert "veran:v6.2 is not deployed to prod-cluster: denied" in done.stdout
    assert done.stdout.endswith("The deploy was refused, as it should be.\n")
    assert list(temporary.iterdir()) == []


def test_demo_as_json(gitgates: Gitgates, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    done = gitgates("demo", "--json", cwd=tmp_path)
    assert done.code == 0
    value = json.loads(done.out)
    assert (value["schema"], value["as_expected"]) == ("gitgates/demo/1", True)
    assert [step["exit_code"] for step in value["steps"]].count(1) == 3
    assert "denied" in value["steps"][7]["output"]


def test_demo_stops_where_a_step_ends_otherwise(
    gitgates: Gitgates, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from gitgates.cli.demo import Step

    monkeypatch.setattr(
        "gitgates.cli.demo.STEPS", (Step("Fails.", "git no-such-command"), Step("Never.", "git status"))
    )
    done = gitgates("demo", cwd=tmp_path)
    assert done.code == 1
    assert "the step ended with 1 instead of 0" in done.err
    assert "Never." not in done.out


def test_demo_keeps_the_repository(gitgates: Gitgates, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from gitgates.cli.demo import Step

    monkeypatch.setattr("gitgates.cli.demo.STEPS", (Step("Looks.", "git status --short"),))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    done = gitgates("demo", "--keep", cwd=tmp_path)
    assert done.code == 0
    (kept,) = tmp_path.glob("gitgates-demo-*")
    assert f"the repository is {kept / 'veran'}" in done.err


def test_demo_without_what_it_needs(gitgates: Gitgates, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    only_git = tmp_path / "bin"
    only_git.mkdir()
    (only_git / "git").symlink_to(shutil.which("git") or "")
    monkeypatch.setenv("PATH", str(only_git))
    done = gitgates("demo", cwd=tmp_path)
    assert done.code == 2
    assert "the demo cannot be set up" in done.err
    assert "Install git and OpenSSH" in done.err
