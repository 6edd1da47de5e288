"""`gitgates approve`: who may, what, with which report; and what all three decisions have in common."""

import json
from pathlib import Path

import pytest

from tests.cli.project import MEASURED, Project
from tests.support import Keys

STAGING = ("--model", "veran:v6.1", "--context", "staging")
PRODUCTION = ("--model", "veran:v6.1", "--context", "production")


# --- approve ---------------------------------------------------------------------------------------------------------


def test_approve(project: Project) -> None:
    project.check()
    done = project.ok("approve", *PRODUCTION, "--notes", "ship it", "--approved-by", "Release board")
    assert done.out.splitlines()[:2] == ["approved veran:v6.1 for production", "  signed by alice@example.com"]
    assert project.records()[0] == "gates: decision veran:v6.1 production approved"
    history = project.ok("history", "--model", "veran:v6.1").out
    assert "decision approved  by alice@example.com" in history
    assert "notes: ship it" in history
    assert "on behalf of: Release board" in history
    assert project.answer() == "allowed"


def test_json(project: Project) -> None:
    project.check()
    approval = project.json("approve", *PRODUCTION)
    rejection = project.json("reject", *PRODUCTION, "--reason", "x")
    withdrawal = project.json("withdraw", *PRODUCTION, "--reason", "x", "--record", rejection["records"][0]["id"])
    for command, value in (("approve", approval), ("reject", rejection), ("withdraw", withdrawal)):
        assert value["schema"] == f"gitgates/{command}/1"
        (record,) = value["records"]
        assert list(record) == ["id", "kind", "outcome", "author", "path", "branch", "commit"]
        assert record["author"] == "alice@example.com"


def test_nothing_to_approve(project: Project) -> None:
    done = project("approve", *PRODUCTION)
    assert done.code == 1
    assert "the ledger knows no model version veran:v6.1" in done.err
    project.check(context="staging")
    done = project("approve", *PRODUCTION)
    assert done.code == 1
    assert "there is no report of veran:v6.1 for production. Run `gitgates check` first" in done.err


@pytest.mark.parametrize("command", ["approve", "reject", "withdraw"])
def test_bare_names_and_unknown_contexts(command: str, project: Project) -> None:
    project.check()
    more = ("--reason", "x")
    done = project(command, "--model", "veran", "--context", "production", *more)
    assert done.code == 2
    assert "--model: expected NAME:VERSION, got 'veran'" in done.err
    done = project(command, "--model", "veran:v6.1", "--context", "prod", *more)
    assert done.code == 2
    assert "the policy knows no context 'prod'. Use one of development, production, staging" in done.err
    assert len(project.records()) == 2


@pytest.mark.parametrize("command", ["approve", "reject", "withdraw"])
def test_only_members(command: str, project: Project, keys: Keys) -> None:
    project.approved()
    before = project.records()
    done = project(command, *PRODUCTION, "--reason", "x", "--key", keys.bob.path)
    assert done.code == 1
    assert "belongs to no member of this ledger" in done.err
    assert "--key" in done.err
    assert project.records() == before


def test_a_key_that_cannot_be_read(project: Project, tmp_path: Path) -> None:
    project.check()
    for key, told in ((tmp_path / "none", "No such file"), (tmp_path, "Is a directory"), ("ssh-ed25519 AAAA", "--key")):
        done = project("approve", *PRODUCTION, "--key", key)
        assert done.code == 2, done
        assert told in done.err, done.err


def test_a_failed_report(project: Project) -> None:
    project.fail("veran:v6.1", "staging")
    done = project("approve", *STAGING)
    assert done.code == 1
    assert "failed (model_quality: quality score 0.1 is below 0.7)" in done.err
    assert "Force it with --force and --reason" in done.err
    done = project("approve", *STAGING, "--force")
    assert done.code == 2
    assert "a forced approval needs a reason. Say why with --reason" in done.err
    project.ok("approve", *STAGING, "--force", "--reason", "demo tonight")
    assert project.answer(context="staging") == "allowed"
    assert "allowed (rests on a forced approval)" in project.ok("can-deploy", *STAGING).out
    assert "allowed (forced)" in project.ok("status", "--model", "veran").out
    assert "decision forced  by alice@example.com" in project.ok("history", "--model", "veran").out
    assert project.json("can-deploy", *STAGING)["forced"] is True
    assert "(rests on a forced approval)" in project.ok("deploy", *STAGING, "--target", "t").out


def test_force_where_the_policy_allows_none(project: Project) -> None:
    project.fail("veran:v6.1", "production")
    done = project("approve", *PRODUCTION, "--force", "--reason", "please")
    assert done.code == 1
    assert "the policy for production allows no force" in done.err
    assert "--force" not in project("approve", *PRODUCTION).err
    assert project.answer() == "denied"


def test_force_of_a_report_that_passed_is_an_ordinary_approval(project: Project) -> None:
    project.check(context="staging")
    project.ok("approve", *STAGING, "--force", "--reason", "x")
    assert project.json("can-deploy", *STAGING)["forced"] is False


def test_report_that_falls_short_in_evidence(project: Project) -> None:
    """A report that passed for staging does not pass for production by being approved there."""
    project.check(context="staging")
    assert project("approve", *PRODUCTION).code == 1


# --- approve --report ------------------------------------------------------------------------------------------------


def test_report_names_a_file_of_check(project: Project) -> None:
    project.check("veran:v6.1", "production", "--report", "out.json")
    project.ok("approve", *PRODUCTION, "--report", "out.json")
    assert project.answer() == "allowed"


def test_report_takes_what_check_prints(project: Project) -> None:
    value = project.json("check", *PRODUCTION, "--metrics", "metrics-v6.1.json", *MEASURED)
    (project.path / "out.json").write_text(json.dumps(value))
    project.ok("approve", *PRODUCTION, "--report", "out.json")


@pytest.mark.parametrize("digits", [12, 64])
def test_report_takes_an_id(digits: int, project: Project) -> None:
    project.check()
    report = project.json("report", "--model", "veran")["reports"][0]["id"]
    project.ok("approve", *PRODUCTION, "--report", report[:digits])


def test_an_older_report_is_refused(project: Project) -> None:
    project.check("veran:v6.1", "production", "--report", "old.json")
    project.check()
    done = project("approve", *PRODUCTION, "--report", "old.json")
    assert done.code == 1
    assert "is not a latest report of veran:v6.1 for production" in done.err


def test_a_report_of_another_version_or_ledger_is_refused(project: Project) -> None:
    project.check()
    project.check("veran:v9", "production", "--report", "other.json")
    done = project("approve", *PRODUCTION, "--report", "other.json")
    assert done.code == 1
    assert "is not a latest report of veran:v6.1" in done.err
    done = project("approve", *PRODUCTION, "--report", "0" * 64)
    assert done.code == 1
    assert done.err.startswith("gitgates: 000000")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("not json", "Give a file that `check --json` wrote"),
        ("{}", "$.record.id"),
        ("[]", "$.record.id"),
        ('{"record": 3}', "$.record.id"),
        ('{"record": {"id": "deadbeef"}}', "$.record.id"),
        ('{"record": {"id": 7}}', "$.record.id"),
        (None, "cannot be read"),
    ],
)
def test_files_that_name_no_record(text: str | None, told: str, project: Project) -> None:
    project.check()
    if text is not None:
        (project.path / "out.json").write_text(text)
    done = project("approve", *PRODUCTION, "--report", "out.json")
    assert done.code == 2
    assert done.err.startswith("gitgates: out.json: ")
    assert told in done.err
    assert len(project.records()) == 2


def test_a_report_file_of_no_record(project: Project) -> None:
    project.check()
    project.check("veran:v6.1", "production", "--no-record", "--report", "none.json")
    done = project("approve", *PRODUCTION, "--report", "none.json")
    assert done.code == 2
    assert "names no record of a ledger" in done.err
