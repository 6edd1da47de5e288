"""`gitgates deploy`: the command runs between records, or not at all."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.project import Project, environment
from tests.support import Keys, git

PRODUCTION = ("--model", "veran:v6.1", "--context", "production")
DEPLOY = ("deploy", *PRODUCTION, "--target", "prod")


def test_refused(project: Project) -> None:
    project.check()
    done = project(*DEPLOY, "--", "touch", "ran")
    assert done.code == 1
    assert done.out.startswith("veran:v6.1 is not deployed to prod: denied\n")
    assert "0 of 1 approvals" in done.out
    assert not (project.path / "ran").exists()
    assert len(project.records()) == 2
    value = project.json(*DEPLOY, code=1)
    assert (value["deployed"], value["records"], value["command_exit_code"]) == (False, [], -1)


def test_a_command_between_two_records(project: Project) -> None:
    project.approved()
    done = project.ok(*DEPLOY, "--reason", "release day", "--", "sh", "-c", "git log -1 --format=%s; echo deploying")
    assert done.out.splitlines()[:3] == [
        "gates: deployment veran:v6.1 production started",
        "deploying",
        "veran:v6.1 is deployed to prod",
    ]
    assert project.deployments() == ["deployment started", "deployment succeeded"]
    assert "reason: release day" in project.ok("history", "--model", "veran").out


def test_variables(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATES_TO_VERSION", "v5")  # as a deploy script that deploys another model hands it on
    project.approved()
    project.ok(*DEPLOY, "--", "sh", "-c", "env | grep ^GATES_ | sort > variables")
    found = dict(line.split("=", 1) for line in (project.path / "variables").read_text().splitlines())
    records = project.json("history", "--model", "veran")["events"]
    assert found == {
        "GATES_ACTION": "deploy",
        "GATES_MODEL": "veran",
        "GATES_VERSION": "v6.1",
        "GATES_CONTEXT": "production",
        "GATES_TARGET": "prod",
        "GATES_LEDGER": git(project.path, "config", "gitgates.root"),
        "GATES_COMMIT": git(project.path, "rev-list", "--max-count=1", "HEAD", "--", ":!.quality-gates"),
        "GATES_REPORT": records[0]["id"],
        "GATES_PREVIOUS_VERSION": "",
        "GATES_RECORD": records[2]["id"],
    }
    project.approved("veran:v6.3")
    project.ok(
        "deploy", "--model", "veran:v6.3", "--context", "production", "--target", "prod", "--",
        "sh", "-c", "echo $GATES_PREVIOUS_VERSION > previous",
    )  # fmt: skip
    assert (project.path / "previous").read_text() == "v6.1\n"
    project.ok(
        "rollback", "--model", "veran:v6.3", "--context", "production", "--",
        "sh", "-c",
        "env | grep ^GATES_ | sort > variables",
    )  # fmt: skip
    found = dict(line.split("=", 1) for line in (project.path / "variables").read_text().splitlines())
    assert found["GATES_ACTION"] == "rollback"
    assert (found["GATES_VERSION"], found["GATES_TO_VERSION"]) == ("v6.3", "v6.1")


def test_a_command_that_fails(project: Project) -> None:
    project.approved()
    done = project(*DEPLOY, "--", "sh", "-c", "exit 7")
    assert done.code == 1
    assert done.out.startswith("veran:v6.1 is not deployed to prod: the command ended with 7\n")
    assert project.deployments() == ["deployment started", "deployment failed"]
    assert project.answer() == "allowed"  # an attempt that failed says nothing against the version
    done = project(*DEPLOY, "--", "sh", "-c", "kill -9 $$")
    assert "the command ended with -9" in done.out


@pytest.mark.parametrize("kind", ["missing", "not executable", "folder"])
def test_a_command_that_cannot_start_records_nothing(kind: str, project: Project) -> None:
    program = project.path / "program"
    if kind == "folder":
        program.mkdir()
    elif kind == "not executable":
        program.write_text("#!/bin/sh\n")
    project.approved()
    before = project.records()
    for command in (("deploy", *PRODUCTION, "--target", "prod"), ("rollback", *PRODUCTION)):
        done = project(*command, "--", "./program")
        assert done.code == 2
        assert "'./program' is not on PATH or cannot be run" in done.err
        assert project.records() == before


def test_a_program_that_the_system_refuses_has_failed(project: Project) -> None:
    """It looked as if it could be run; what is then recorded must say that it was not."""
    program = project.path / "program"
    program.write_text("#!/no/such/interpreter\n")
    program.chmod(0o755)
    project.approved()
    done = project(*DEPLOY, "--", "./program")
    assert done.code == 1
    assert "'./program' cannot be run: " in done.err
    assert "this attempt is recorded as failed" in done.err
    assert done.out.startswith("veran:v6.1 is not deployed to prod: the command did not run\n  recorded deployment ")
    value = json.loads(project(*DEPLOY, "--json", "--", "./program").out)
    assert (value["deployed"], value["command_exit_code"], len(value["records"])) == (False, -1, 2)
    assert value["problem"].startswith("'./program' cannot be run: ")
    assert project.deployments() == ["deployment started", "deployment failed"] * 2


@pytest.mark.parametrize("code", [0, 7])
def test_an_end_that_cannot_be_recorded(code: int, project: Project, keys: Keys, tmp_path: Path) -> None:
    """The command ran, and its start is recorded: neither may be passed over in silence."""
    key = tmp_path / "key"
    project.approved()
    take_key = ("--key", key, "--", "sh", "-c", f"rm '{key}'; echo for real; exit {code}")
    shutil.copy(keys.alice.path, key)
    done = project(*DEPLOY, *take_key)
    assert done.code == 3
    told = f"veran:v6.1 is not recorded as deployed to prod: the command ended with {code}\n  recorded deployment "
    assert done.out.startswith(f"for real\n{told}")
    assert f"the command ended with {code}, but this is not recorded, so that it shows as started" in done.err
    assert project.deployments() == ["deployment started"]
    shutil.copy(keys.alice.path, key)
    done = project("rollback", "--json", *PRODUCTION, "--target", "prod", "--or-take-off", *take_key)
    value = json.loads(done.out)
    assert (done.code, value["rolled_back"], value["command_exit_code"]) == (3, False, code)
    assert [record["outcome"] for record in value["records"]] == ["started"]
    assert value["records"][0]["id"][:12] in value["problem"]
    assert project.deployments() == ["deployment started", "rollback started"]


def test_the_command_is_not_given_the_signing_key(project: Project) -> None:
    project.approved()
    show = ("--", "sh", "-c", "echo key: ${GITGATES_SIGNING_KEY-is not set}")
    assert "key: is not set\n" in project.ok(*DEPLOY, *show).out
    assert "key: is not set\n" in project.ok("rollback", *PRODUCTION, "--or-take-off", *show).out


def test_without_a_command(project: Project) -> None:
    done = project.approved().ok(*DEPLOY)
    assert done.out.startswith("veran:v6.1 is deployed to prod\n")
    assert project.deployments() == ["deployment succeeded"]
    value = project.json(*DEPLOY)
    assert value["deployed"] is True
    assert value["command_exit_code"] == -1
    assert [record["outcome"] for record in value["records"]] == ["succeeded"]


def test_the_command_is_given_as_typed(project: Project) -> None:
    project.approved()
    done = project.ok(*DEPLOY, "--", "printf", "%s|", "--model", "$HOME", "a b", "--json")
    assert done.out.startswith("--model|$HOME|a b|--json|")


def test_json_is_all_that_json_prints(project: Project) -> None:
    """What the command itself prints goes to stderr then, so that programs can read the one object."""
    project.approved()
    done = project("deploy", "--json", *PRODUCTION, "--target", "prod", "--", "sh", "-c", "echo deploying; exit 5")
    value = json.loads(done.out)
    assert (done.code, done.err) == (1, "deploying\n")
    assert (value["deployed"], value["command_exit_code"]) == (False, 5)
    assert [record["outcome"] for record in value["records"]] == ["started", "failed"]
    done = project("rollback", "--json", *PRODUCTION, "--target", "prod", "--or-take-off", "--", "echo", "going back")
    assert (done.code, done.err) == (0, "going back\n")
    assert json.loads(done.out)["command_exit_code"] == 0


def test_only_members(project: Project, keys: Keys) -> None:
    project.approved()
    done = project(*DEPLOY, "--key", keys.bob.path, "--", "touch", "ran")
    assert done.code == 1
    assert "belongs to no member" in done.err
    assert not (project.path / "ran").exists()


@pytest.mark.parametrize(
    "args", [(*PRODUCTION,), ("--model", "veran:v6.1", "--target", "t"), (*PRODUCTION, "--target", "")]
)
def test_what_is_missing(args: tuple[str, ...], project: Project) -> None:
    project.approved()
    done = project("deploy", *args)
    assert done.code == 2, done
    assert "target" in done.err or "context" in done.err
    assert len(project.records()) == 3


def test_control_characters_in_a_target(project: Project) -> None:
    project.approved()
    done = project("deploy", *PRODUCTION, "--target", "prod\x1b[2J")
    assert done.code == 2, done
    assert "\x1b" not in done.out + done.err


def test_ctrl_c_records_failed(project: Project) -> None:
    project.approved()
    process = subprocess.Popen(
        [sys.executable, "-m", "gitgates", *DEPLOY, "--", "sh", "-c", "touch started; exec sleep 60"],
        cwd=project.path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    for _ in range(600):
        if (project.path / "started").exists():
            break
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # the terminal sends it to the command, too
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.endswith("gitgates: interrupted\n")
    assert project.deployments() == ["deployment started", "deployment failed"]
    assert git(project.path, "status", "--porcelain") == "?? started"
