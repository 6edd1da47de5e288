"""The frame around all commands: help, usage, exit codes, errors as text and as JSON, pipes and interruptions."""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gitgates import errors
from gitgates.cli import handler
from gitgates.cli.commands import COMMANDS
from gitgates.cli.main import main
from gitgates.cli.output import Output
from gitgates.cli.parser import build_parser
from gitgates.integrations.afs import register_parsers
from tests.cli.project import Project, environment
from tests.support import Gitgates, run

ERRORS = [
    (errors.InvalidValue("odd", field="$.a", remedy="Mend it"), 2),
    (errors.InputFileError("m.json", "odd", remedy="Mend it"), 2),
    (errors.UsageError("odd", remedy="Mend it"), 2),
    (errors.ConfigError("odd", remedy="Mend it"), 2),
    (errors.SigningError("odd", remedy="Mend it"), 2),
    (errors.StoreError("odd", remedy="Mend it"), 2),
    (errors.NotAllowed("odd", remedy="Mend it"), 1),
    (errors.UnknownVersion("odd", remedy="Mend it"), 1),
    (errors.CannotDecide("fork", "odd", remedy="Mend it"), 3),
]


def raising(error: BaseException) -> handler.Run:
    def command(args: argparse.Namespace, output: Output) -> int:
        raise error

    return command


def test_help_lists_every_command(gitgates: Gitgates) -> None:
    done = gitgates("--help")
    assert done.code == 0
    for command in COMMANDS:
        assert re.search(rf"^ +{command.name}( |$)", done.out, re.MULTILINE), command.name
    assert "3 cannot decide" in done.out


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_help_of_each_command(command: str, gitgates: Gitgates) -> None:
    done = gitgates(command, "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"usage: gitgates {command}")


def test_version(gitgates: Gitgates) -> None:
    done = gitgates("--version")
    assert done.code == 0
    assert re.fullmatch(r"gitgates \d+\.\d+\.\d+\n", done.out)


@pytest.mark.parametrize("args", [(), ("nonsense",), ("status",), ("status", "--nonsense"), ("check", "--mod", "a:1")])
def test_usage_errors_are_2_and_on_stderr(args: tuple[str, ...], gitgates: Gitgates) -> None:
    done = gitgates(*args)
    assert done.code == 2
    assert done.out == ""
    assert "usage: gitgates" in done.err


def test_only_the_named_commands_parser_is_filled_in() -> None:
    args = build_parser(only="list").parse_args(["list"])
    assert callable(args.func)
    with pytest.raises(SystemExit):
        build_parser(only="list").parse_args(["status", "--model", "a"])


def test_any_host_can_take_the_group(capsys: pytest.CaptureFixture[str]) -> None:
    host = argparse.ArgumentParser(prog="afs")
    register_parsers(host.add_subparsers(dest="command"))
    args = host.parse_args(["gates", "formats", "--json"])
    assert args.func(args) == 0
    assert json.loads(capsys.readouterr().out)["schema"] == "gitgates/formats/1"


def test_the_programs_name_is_what_was_typed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status"], prog="afs gates") == 2
    assert "usage: afs gates status" in capsys.readouterr().err


@pytest.mark.parametrize(("error", "code"), ERRORS, ids=lambda value: type(value).__name__)
def test_errors_become_a_message_and_a_code(
    error: errors.GitgatesError, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert handler.guarded(raising(error))(argparse.Namespace()) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"gitgates: {error}\n"
    assert err.endswith("odd. Mend it\n")


@pytest.mark.parametrize(("error", "code"), ERRORS, ids=lambda value: type(value).__name__)
def test_errors_as_json(error: errors.GitgatesError, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert handler.guarded(raising(error))(argparse.Namespace(json=True)) == code
    out, err = capsys.readouterr()
    value = json.loads(out)
    assert value.pop("cause", None) == ("fork" if code == 3 else None)
    assert value == {"schema": "gitgates/error/1", "error": error.message, "remedy": "Mend it", "exit_code": code}
    assert err == f"gitgates: {error}\n"


def test_a_bug_is_4_and_says_what_to_report(capsys: pytest.CaptureFixture[str]) -> None:
    assert handler.guarded(raising(ZeroDivisionError("here")))(argparse.Namespace(json=True)) == 4
    out, err = capsys.readouterr()
    assert json.loads(out)["exit_code"] == 4
    assert "this is a bug in gitgates" in err
    assert "ZeroDivisionError: here" in err


def test_an_interruption_is_130(capsys: pytest.CaptureFixture[str]) -> None:
    assert handler.guarded(raising(KeyboardInterrupt()))(argparse.Namespace()) == 130
    assert capsys.readouterr().err == "gitgates: interrupted\n"


@pytest.mark.parametrize(
    "args", [("formats",), ("formats", "--json"), ("completion", "bash"), ("status", "--model", "nope:1", "--json")]
)
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_closed_pipe_is_quiet(args: tuple[str, ...], unbuffered: str, project: Project) -> None:
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; sys.stdin.read(); from gitgates.__main__ import main; sys.exit(main())",
            *args,
        ],
        cwd=project.path,
        env=environment(PYTHONUNBUFFERED=unbuffered),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    process.stdin.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 1
    assert "Traceback" not in err
    assert "Broken pipe" not in err


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_behind_stdout_is_told(unbuffered: str, project: Project) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with full.open("w") as stdout:
        done = subprocess.run(
            [sys.executable, "-m", "gitgates", "formats"],
            cwd=project.path,
            env=environment(PYTHONUNBUFFERED=unbuffered),
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 2
    assert done.stderr.startswith("gitgates: standard output: No space left on device.")
    assert "Traceback" not in done.stderr


def test_c_works_in_another_folder(project: Project, tmp_path: Path, gitgates: Gitgates) -> None:
    """`-C` is git's: paths and keys on the command line are relative to that folder, too."""
    done = gitgates("-C", cwd=tmp_path)
    assert done.code == 2
    folder = project.path.name
    done = gitgates(
        "check",
        "-C",
        folder,
        "--model",
        "veran:v1",
        "--metrics",
        "metrics-v6.1.json",
        "--artifact",
        "scan.json",
        cwd=tmp_path,
    )
    assert done.code == 0, done
    assert Path.cwd() != project.path
    done = gitgates("status", "-C", "no-such-folder", "--model", "veran:v1", cwd=tmp_path)
    assert done.code == 2
    assert "-C" in done.err
    assert "no-such-folder" in done.err


def test_python_m_gives_the_exit_code(project: Project) -> None:
    assert (
        run(sys.executable, "-m", "gitgates", "status", "--model", "nope:1", cwd=project.path, env=environment()).code
        == 1
    )


def test_interrupting_the_process(project: Project, tmp_path: Path) -> None:
    """Ctrl-C while `check` waits for an agent or a passphrase leaves nothing behind."""
    agent = tmp_path / "slow"
    agent.write_text("#!/bin/sh\ntouch waiting\nexec sleep 60\n")
    agent.chmod(0o755)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/ssh-keygen").symlink_to(agent)
    before = project.records()
    process = subprocess.Popen(
        [sys.executable, "-m", "gitgates", "check", "--model", "veran:v1", "--metrics", "metrics-v6.1.json"],
        cwd=project.path,
        env=environment(PATH=f"{tmp_path / 'bin'}:{os.environ['PATH']}"),
        stderr=subprocess.PIPE,
        text=True,
    )
    for _ in range(600):
        if (project.path / "waiting").exists():
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.endswith("gitgates: interrupted\n")
    assert project.records() == before
