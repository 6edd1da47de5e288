"""`status`, `history`, `report`, `list`: what stands and what happened, as text and as JSON."""

import json

import pytest

from tests.cli.project import Project
from tests.support import git

PRODUCTION = ("--model", "veran:v6.1", "--context", "production")


@pytest.fixture
def eventful(project: Project) -> Project:
    """Give a project with two versions, one of them live, the other one failed."""
    project.approved()
    project.ok("deploy", *PRODUCTION, "--target", "prod")
    project.fail("veran:v6.2", "production")
    return project


@pytest.mark.parametrize("command", ["status", "history", "report"])
def test_unknown_versions_are_1(command: str, project: Project) -> None:
    for model in ("veran:v9", "nope"):
        done = project(command, "--model", model)
        assert done.code == 1
        assert "the ledger knows no" in done.err
        assert "gitgates list" in done.err


@pytest.mark.parametrize("command", ["status", "history", "report"])
def test_bare_names_mean_the_newest_version_and_say_so(command: str, eventful: Project) -> None:
    done = eventful(command, "--model", "veran")
    assert "note: veran:v6.2 is the newest version of veran" in done.err
    assert done.out.startswith("veran:v6.2")


@pytest.mark.parametrize("command", ["status", "history", "report", "list"])
@pytest.mark.parametrize("model", ["", ":v1", "veran:", "a:b:c", "..", "a\x1b[2J"])
def test_impossible_names_are_2(command: str, model: str, eventful: Project) -> None:
    done = eventful(command, f"--model={model}")
    assert done.code == 2, done
    assert "--model" in done.err
    assert "\x1b" not in done.err


@pytest.mark.parametrize("command", ["status", "history", "report", "list"])
def test_unknown_contexts_are_2(command: str, eventful: Project) -> None:
    model = () if command == "list" else ("--model", "veran:v6.1")
    for context in ("prod", "Prod!"):
        done = eventful(command, *model, "--context", context)
        assert done.code == 2, done
        assert "context" in done.err


def test_status(eventful: Project) -> None:
    lines = eventful.ok("status", "--model", "veran:v6.1").out.splitlines()
    assert lines[0] == "veran:v6.1"
    assert lines[1].startswith("  production   allowed: ")
    assert lines[2].startswith("    report ")
    assert "passed by alice@example.com, 20" in lines[2]
    denied = eventful.ok("status", "--model", "veran:v6.2").out
    assert "production   denied: report " in denied
    assert "Run `gitgates check` again" in denied


def test_status_json(eventful: Project) -> None:
    value = eventful.json("status", "--model", "veran:v6.1")
    assert (value["model"], value["version"]) == ("veran", "v6.1")
    (context,) = value["contexts"]
    assert context["context"] == "production"
    assert context["answer"] == "allowed"
    assert [condition["number"] for condition in context["conditions"]] == [1, 2, 3, 4, 5, 6, 7]
    assert {condition["state"] for condition in context["conditions"]} == {"met"}
    assert eventful.json("status", *PRODUCTION)["contexts"] == [context]


def test_status_of_a_context_without_records(eventful: Project) -> None:
    done = eventful.ok("status", "--model", "veran:v6.1", "--context", "staging")
    assert "staging      denied: there is no report for staging" in done.out
    assert "Run `gitgates check` for this context" in done.out


def test_history(eventful: Project) -> None:
    out = eventful.ok("history", "--model", "veran:v6.1").out
    assert out.splitlines()[0] == "veran:v6.1"
    for told in ("report passed", "decision approved", "deployment succeeded", "target prod", "key SHA256:", "commit "):
        assert told in out
    assert "parents" not in out
    verbose = eventful.ok("history", "--model", "veran:v6.1", "--verbose").out
    for told in ("id ", "path .quality-gates/models/veran/v6.1/", "policy ", "after nothing"):
        assert f"      {told}" in verbose


def test_history_last(eventful: Project) -> None:
    done = eventful.ok("history", "--model", "veran:v6.1", "--last", "1")
    assert done.out.startswith("veran:v6.1, 1 of 3 event(s)\n")
    assert "deployment succeeded" in done.out
    assert "report passed" not in done.out
    assert len(eventful.json("history", "--model", "veran:v6.1", "--last", "99")["events"]) == 3
    for wrong in ("0", "-1"):
        refused = eventful("history", "--model", "veran:v6.1", f"--last={wrong}")
        assert refused.code == 2
        assert "--last: must be at least 1" in refused.err
    assert eventful("history", "--model", "veran:v6.1", "--last", "x").code == 2


def test_history_of_one_context(eventful: Project) -> None:
    eventful.check(context="staging")
    assert len(eventful.json("history", "--model", "veran:v6.1")["events"]) == 4
    events = eventful.json("history", "--model", "veran:v6.1", "--context", "staging")["events"]
    assert [event["record"]["context"] for event in events] == ["staging"]


def test_history_json(eventful: Project) -> None:
    events = eventful.json("history", "--model", "veran:v6.1")["events"]
    assert [event["kind"] for event in events] == ["report", "decision", "deployment"]
    for event in events:
        assert set(event) == {
            "kind", "id", "outcome", "path", "key_fingerprint", "counts", "why_not", "withdrawn", "record",
        }  # fmt: skip
        assert (eventful.path / event["path"]).exists()


def test_history_shows_foreign_files_and_why_they_do_not_count(eventful: Project) -> None:
    folder = eventful.path / ".quality-gates/models/veran/v6.1"
    (folder / "notes\x1b[2J.txt").write_text("hello")
    git(eventful.path, "add", ".quality-gates")
    git(eventful.path, "commit", "--quiet", "--message", "foreign")
    done = eventful.ok("history", "--model", "veran:v6.1")
    assert "foreign file, does not count: .quality-gates/models/veran/v6.1/notes" in done.out
    assert "\x1b" not in done.out
    assert eventful.json("history", "--model", "veran:v6.1")["events"][-1]["kind"] == "foreign"
    assert eventful.answer() == "allowed"


def test_history_tells_of_records_that_are_gone(eventful: Project) -> None:
    folder = eventful.path / ".quality-gates/models/veran/v6.1"
    for file in folder.glob("*-decision-*"):
        file.unlink()
    git(eventful.path, "commit", "--quiet", "--all", "--message", "no decision")
    done = eventful.ok("history", "--model", "veran:v6.1")
    assert "note: " in done.err
    assert "missing" in done.err
    assert eventful.answer() == "cannot decide"


def test_report(eventful: Project) -> None:
    done = eventful("report", "--model", "veran:v6.2")
    assert done.code == 1
    assert done.out.startswith("veran:v6.2 production: FAILED\n")
    done = eventful("report", "--model", "veran:v6.1")
    assert done.code == 0
    for told in ("  report   ", "  made     ", "by alice@example.com, pre-deployment", "  commit   "):
        assert told in done.out
    verbose = eventful.ok("report", "--model", "veran:v6.1", "--verbose").out
    for told in ("min_quality_score", "coverage_percent  93.75", "  input    tests: junit.xml"):
        assert told in verbose


def test_report_with_a_baseline(eventful: Project) -> None:
    eventful.check("veran:v7", "production", "--baseline", "metrics-v6.1.json")
    assert "  baseline from file" in eventful.ok("report", "--model", "veran:v7", "--verbose").out


def test_report_by_id(eventful: Project) -> None:
    first = eventful.json("report", "--model", "veran:v6.1")["reports"][0]["id"]
    eventful.check()
    latest = eventful.json("report", "--model", "veran:v6.1")["reports"][0]["id"]
    assert latest != first
    shown = eventful.json("report", "--model", "veran:v6.1", "--record", first[:10])["reports"]
    assert [report["id"] for report in shown] == [first]
    done = eventful("report", "--model", "veran:v6.1", "--record", "ffff")
    assert done.code == 1
    assert "veran:v6.1 has no report ffff" in done.err
    done = eventful("report", "--model", "veran:v6.1", "--context", "staging")
    assert done.code == 1
    assert "veran:v6.1 has no report for staging" in done.err


def test_list(eventful: Project) -> None:
    eventful.check("din:v1", "staging")
    lines = eventful.ok("list").out.splitlines()
    assert lines[0].split() == ["model", "version", "context", "deploy", "reason"]
    assert [line.split()[:3] for line in lines[1:]] == [
        ["din:v1", "staging", "denied"],
        ["veran:v6.1", "production", "allowed"],
        ["veran:v6.2", "production", "denied"],
    ]
    value = eventful.json("list", "--model", "veran")["versions"]
    assert [(one["version"], one["answer"]) for one in value] == [("v6.1", "allowed"), ("v6.2", "denied")]
    assert set(value[0]) == {"model", "version", "context", "answer", "reason", "waivers", "waived"}
    assert {one["answer"] for one in eventful.json("list", "--context", "staging")["versions"]} == {"denied"}


def test_list_of_nothing(project: Project) -> None:
    assert project.ok("list").out == "no model version has records\n"
    assert project.json("list")["versions"] == []
    done = project("list", "--model", "veran")
    assert (done.code, "the ledger knows no model 'veran'" in done.err) == (1, True)
    assert project("list", "--context", "prod").code == 2


def test_a_version_of_foreign_files_alone(project: Project) -> None:
    folder = project.path / ".quality-gates/models/veran/v1"
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("hello")
    git(project.path, "add", ".quality-gates")
    git(project.path, "commit", "--quiet", "--message", "foreign")
    assert "no record counts in any context" in project.ok("status", "--model", "veran:v1").out
    assert "foreign file, does not count" in project.ok("history", "--model", "veran:v1").out
    assert project.answer("veran:v1") == "denied"


def test_imported_assertions_are_shown_and_allow_nothing(project: Project) -> None:
    folder = project.path / "models/registry/approvals/veran"
    folder.mkdir(parents=True)
    claim = {"model_name": "veran", "model_version": "v5", "approved": True, "context": "production"}
    (folder / "v5.json").write_text(json.dumps(claim | {"approved_by": "bob", "notes": "as agreed"}))
    done = project.ok("import", ".")
    assert "imported 1 assertion(s), 0 were here already" in done.out
    history = project.ok("history", "--model", "veran:v5").out
    for told in ("never a reason to allow anything", "claimed by: bob", "notes: as agreed"):
        assert told in history
    assert project.answer("veran:v5") == "denied"
