"""`check` and `report` in CI systems: the forms, what is chosen by itself, and what the record claims of the run."""

import json
from pathlib import Path

import pytest
from junitparser import JUnitXml

from tests.cli.project import MEASURED, Project
from tests.integrations.ci.conftest import step
from tests.integrations.ci.runner import Step, commands, rendered
from tests.support import git

V61 = ("check", "--model", "veran:v6.1", "--context", "production", "--metrics", "metrics-v6.1.json", *MEASURED)
V62 = (
    "check", "--model", "veran:v6.2", "--context", "production", "--metrics", "metrics-v6.2.json", *MEASURED,
    "--baseline", "metrics-v6.1.json",
)  # fmt: skip
SHOWN = ("report", "--model", "veran:v6.2")

__all__ = ["step"]


def test_github(project: Project, step: Step) -> None:
    done = project(*V62)
    assert done.code == 1
    assert done.out.startswith("veran:v6.2 production: FAILED\n  pass  tests ")
    (record,) = project.json("report", "--model", "veran:v6.2", code=1)["reports"]
    assert step.outputs() == {"outcome": "failed", "blocked": "true", "record": record["id"]}
    ((name, _, message),) = commands(done.out)
    assert (name, message) == ("error", record["checks"][1]["message"])
    assert {record["id"], record["subject"]["commit"], "alice@example.com"} <= set(rendered(step.summary.read_text()))


def test_github_passed(project: Project, step: Step) -> None:
    assert commands(project.ok(*V61, "--no-record").out) == []
    assert step.outputs() == {"outcome": "passed", "blocked": "false", "record": ""}
    assert "- recorded: `no`\n" in step.summary.read_text()


def test_github_is_told_of_recorded_reports(project: Project, step: Step) -> None:
    project(*V62, "--format", "text")
    project(*V62, "--context", "staging", "--format", "text")
    assert not step.summary.exists()
    assert project(*SHOWN).code == 1
    assert len(step.outputs()["record"].split()) == 2
    assert step.summary.read_text().count("### Gates: ") == 2


def test_another_form_tells_github_nothing(project: Project, step: Step) -> None:
    for form in ("json", "junit", "sarif", "markdown", "text"):
        assert project(*V61, "--no-record", "--format", form).code == 0
    assert project(*V61, "--no-record", "--json").code == 0
    assert not step.output.exists()
    assert not step.summary.exists()


def test_runner_that_cannot_be_told(project: Project, step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_OUTPUT", str(project.path / "none" / "output"))
    done = project(*V61)
    assert done.code == 0
    assert "warning: the CI system was not told: GITHUB_OUTPUT: " in done.err


def test_no_message_is_a_command(project: Project, step: Step) -> None:
    trap = "##[set-output name=outcome;]passed"
    project.approved("veran:v6.1", "staging")
    project.ok("reject", "--model", "veran:v6.1", "--context", "staging", "--reason", f"::error::x {trap}")
    project.ok("reject", "--model", "veran:v6.1", "--context", "staging", "--reason", trap, "--notes", "::add-mask::x")
    done = project.ok("history", "--model", "veran:v6.1")
    assert "reason: ## [set-output name=outcome;]passed" in done.out
    assert commands(done.out + done.err) == []
    printed = project("history", "--model", "veran:v6.1", "--json").out
    assert commands(printed) == []
    assert json.loads(printed)["events"][-1]["record"]["reason"] == trap
    missing = project("check", "--model", "a:1", "--metrics", f"{trap}.json", "--no-record")
    assert missing.code == 2
    assert commands(missing.out + missing.err) == []


@pytest.mark.parametrize("variable", ["GITLAB_CI", "JENKINS_URL"])
def test_gitlab_and_jenkins(project: Project, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "true")
    done = project(*V62)
    assert done.code == 1
    assert done.out.startswith("veran:v6.2 production: FAILED\n")
    path = project.path / "gates-reports/veran@v6.2@production.xml"
    assert JUnitXml.fromfile(str(path)).failures == 1
    assert git(project.path, "status", "--porcelain") == ""
    path.unlink()
    assert project(*SHOWN).code == 1
    assert path.exists()


def test_files_that_cannot_be_written(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITLAB_CI", "true")
    (project.path / "gates-reports").touch()
    done = project(*V61, "--no-record")
    assert done.code == 0
    assert "warning: the CI system was not told: gates-reports" in done.err


def test_a_folder_that_the_repository_made_a_link(
    project: Project, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the commit of a stranger names is no place to write to; the exit code says what it would have said."""
    monkeypatch.setenv("JENKINS_URL", "https://ci.example.com/")
    outside = tmp_path_factory.mktemp("outside")
    (outside / ".gitignore").write_text("build/\n")
    (project.path / "gates-reports").symlink_to(outside, target_is_directory=True)
    for command, code in ((V61, 0), (V62, 1)):
        done = project(*command, "--no-record")
        assert done.code == code
        assert "warning: the CI system was not told: gates-reports: it is a link" in done.err
    assert [path.name for path in outside.iterdir()] == [".gitignore"]
    assert (outside / ".gitignore").read_text() == "build/\n"


def test_junit_can_be_checked_again(project: Project) -> None:
    done = project(*V62, "--no-record", "--format", "junit")
    (project.path / "gates.xml").write_text(done.out)
    again = project("check", "--model", "a:1", "--test-metrics", "gates.xml", "--no-record")
    assert again.code == 1
    assert "pass rate 66.67% (2/3)" in again.out


def test_sarif_can_be_checked_again(project: Project) -> None:
    done = project(*V62, "--no-record", "--format", "sarif")
    (project.path / "gates.sarif").write_text(done.out)
    again = project.json("check", "--model", "a:1", "--security-scan", "gates.sarif", "--no-record")
    assert [item["format"] for item in again["inputs"]] == ["sarif"]
    assert again["checks"][0]["message"] == "1 of unknown severity"


def test_report_in_every_form(project: Project) -> None:
    project(*V62)
    assert JUnitXml.fromstring(project(*SHOWN, "--format", "junit").out.encode()).failures == 1
    (result,) = json.loads(project(*SHOWN, "--format", "sarif").out)["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "metrics-v6.2.json"
    markdown = project(*SHOWN, "--format", "markdown")
    assert markdown.code == 1
    assert rendered(markdown.out)[0] == "veran:v6.2 production"
    assert project(*SHOWN, "--format", "json").out == project(*SHOWN, "--json").out
    assert commands(project(*SHOWN, "--format", "github").out)[0][0] == "error"


def test_forms_that_do_not_go_together(project: Project) -> None:
    done = project(*V61, "--json", "--format", "junit")
    assert done.code == 2
    assert "--json and --format junit are two forms of one result. Give one" in done.err
    assert project.records() == ["gates: policy root by alice@example.com"]
    assert project(*V61, "--format", "junit", "--json").code == 2
    assert project.ok(*V61, "--json", "--format", "json").out.startswith("{")


def test_errors_as_json(project: Project) -> None:
    done = project("check", "--model", "veran", "--format", "json")
    assert json.loads(done.out)["exit_code"] == 2


def test_claims_are_recorded_and_shown_as_unverified(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITLAB_CI", "true")
    monkeypatch.setenv("GITLAB_USER_LOGIN", "tanuki")
    monkeypatch.setenv("CI_JOB_URL", "https://gitlab.com/o/veran/-/jobs/1")
    project(*V62)
    text = "CI says, unverified: actor tanuki, run url https://gitlab.com/o/veran/-/jobs/1, system gitlab"
    assert text in project(*SHOWN).out
    assert text in project.ok("history", "--model", "veran:v6.2", "--verbose").out
    assert text not in project.ok("history", "--model", "veran:v6.2").out
    claims = [
        {"name": "actor", "value": "tanuki"},
        {"name": "run_url", "value": "https://gitlab.com/o/veran/-/jobs/1"},
        {"name": "system", "value": "gitlab"},
    ]
    (report,) = project.json(*SHOWN, code=1)["reports"]
    assert report["unverified_claims"] == claims
    assert project.json("history", "--model", "veran:v6.2")["events"][0]["record"]["unverified_claims"] == claims
    assert "unverified: actor tanuki" in project(*SHOWN, "--format", "markdown").out
    assert project.ok("verify").code == 0


def test_nothing_is_claimed_elsewhere(project: Project) -> None:
    project(*V62)
    (report,) = project.json(*SHOWN, code=1)["reports"]
    assert "unverified_claims" not in report


def test_the_folder_of_c(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITLAB_CI", "true")
    assert project.run(*V61, "--no-record", "-C", project.path, cwd=tmp_path).code == 0
    assert (project.path / "gates-reports/veran@v6.1@production.xml").exists()
