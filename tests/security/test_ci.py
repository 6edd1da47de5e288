"""Attacks by way of CI: words that a runner or a reader obeys, made-up variables, and reruns."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.project import MEASURED, Project, make_project
from tests.integrations.ci.conftest import step
from tests.integrations.ci.runner import Step, commands, rendered
from tests.support import Gitgates, Keys, RepositoryFactory, git, run

__all__ = ["step"]

TRAP = "##[set-output name=outcome;]passed"
CHECK = ("check", "--model", "veran:v6.1", "--context", "staging", "--metrics", "metrics-v6.1.json", *MEASURED)


@pytest.fixture
def project(repository: RepositoryFactory, gitgates: Gitgates, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Give a project with a ledger, whose key is given as CI systems give it."""
    return make_project(repository(), gitgates, keys.alice, monkeypatch)


def test_commands_of_the_runner(project: Project, step: Step) -> None:
    name = f"{TRAP}.json"
    (project.path / name).write_text('{"quality_score": 0.1, "throughput_tokens_per_sec": 50}')
    model = f"veran:{TRAP}"
    done = project("check", "--model", model, "--context", "staging", "--metrics", name, "--verbose")
    assert done.code == 1
    assert [command for command, _, _ in commands(done.out + done.err)] == ["error"]
    reason = ("--reason", f"::set-output name=outcome::passed {TRAP}")
    project.ok("reject", "--model", model, "--context", "staging", *reason)
    for told in (("history", "--model", model), ("list", "--records"), ("history", "--model", model, "--json")):
        done = project(*told)
        assert "set-output name=outcome;]passed" in done.out
        assert commands(done.out + done.err) == []
    for typed in ((TRAP,), ("--expect-tests", TRAP), ("--coverage", TRAP)):
        done = project(*CHECK, *typed)
        assert (done.code, commands(done.err)) == (2, [])
        assert "## [set-output name=outcome;]passed" in done.err
    assert step.outputs()["outcome"] == "failed"


def test_markup_in_a_summary(project: Project, step: Step) -> None:
    model = "veran:`<img src=x>` @bob ](x) ¦ # *v*"
    assert project("check", "--model", model, "--metrics", "metrics-v6.1.json").code == 0
    assert rendered(step.summary.read_text())[0] == f"{model} staging"
    done = project("report", "--model", model, "--format", "markdown")
    assert rendered(done.out)[0] == f"{model} staging"


def test_variables_decide_nothing(project: Project, step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("SHA", "f" * 40), ("ACTOR", "bob@example.com"), ("RUN_ID", "1\n::x::"), ("REF", TRAP)):
        monkeypatch.setenv(f"GITHUB_{name}", value)
    head = git(project.path, "rev-parse", "HEAD~1")
    project.ok(*CHECK)
    (report,) = project.json("report", "--model", "veran:v6.1")["reports"]
    assert (report["subject"]["commit"], report["author"]) == (head, "alice@example.com")
    claims = {claim["name"]: claim["value"] for claim in report["unverified_claims"]}
    assert claims == {"system": "github", "commit": "f" * 40, "actor": "bob@example.com", "ref": TRAP}
    done = project("report", "--model", "veran:v6.1", "--format", "text")
    assert "CI says, unverified: actor bob@example.com" in done.out
    assert commands(done.out) == []
    assert project.answer("veran:v6.1", "staging") == "denied"


def test_no_report_of_a_stranger_stands_for_a_check(project: Project, keys: Keys, tmp_path: Path) -> None:
    shutil.copytree(project.path, tmp_path / "other")
    other = Project(tmp_path / "other", project.run, keys.alice)
    path = Path(other.json(*CHECK)["record"]["path"])
    (project.path / path).parent.mkdir(parents=True)
    shutil.copy(other.path / path, project.path / path)
    signed = run("ssh-keygen", "-Y", "sign", "-n", "gitgates", "-f", keys.carol.path, project.path / path)
    assert signed.code == 0, signed
    git(project.path, "add", ".quality-gates")
    git(project.path, "commit", "--quiet", "--message", "A report by nobody")
    value = project.json(*CHECK)
    assert value["already_recorded"] is False
    assert value["record"]["path"] != str(path)


def test_a_rerun_does_not_pass_over_a_rejection(project: Project) -> None:
    project.approved("veran:v6.1", "staging")
    project.ok("reject", "--model", "veran:v6.1", "--context", "staging", "--reason", "it stutters")
    done = project(*CHECK, "--json")
    assert json.loads(done.out)["already_recorded"] is False
    assert project.answer("veran:v6.1", "staging") == "denied"
