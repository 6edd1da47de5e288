"""`check --baseline live | approved | NAME:VERSION`: which report serves, what the record keeps, what is refused."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.project import MEASURED, Project
from tests.support import Keys, git

V62 = ("check", "--model", "veran:v6.2", "--context", "production", "--metrics", "metrics-v6.2.json", *MEASURED)
GOOD = ("check", "--model", "veran:v6.2", "--context", "production", "--metrics", "metrics-v6.1.json", *MEASURED)
TARGET = ("--context", "production", "--target")


def deploy(project: Project, version: str = "v6.1", target: str = "prod") -> None:
    project.ok("deploy", "--model", f"veran:{version}", *TARGET, target)


def better(project: Project, version: str, quality: float, context: str = "production", *more: str | Path) -> str:
    """Check a version with a quality of its own; return the report's id."""
    metrics = json.loads((project.path / "metrics-v6.1.json").read_text())
    (project.path / "own.json").write_text(json.dumps({**metrics, "quality_score": quality}))
    value = project.json(
        "check", "--model", f"veran:{version}", "--context", context, "--metrics", "own.json", *MEASURED, *more
    )
    return str(value["record"]["id"])


def edit_policy(project: Project, old: str, new: str) -> None:
    """Change the policy's rule for production."""
    path = project.path / ".quality-gates/policy.toml"
    head, mark, tail = path.read_text().partition("[contexts.production]")
    assert old in tail
    path.write_text(head + mark + tail.replace(old, new, 1))
    project.ok("policy", "propose")


def live_from(project: Project) -> tuple[str, str, str]:
    """Deploy, and return what to ask for, its report's id and the words that tell why."""
    report = better(project, "v6.1", 0.91)
    project.approve()
    deploy(project)
    return "live", report, "veran:v6.1, live on prod"


def approved_from(project: Project) -> tuple[str, str, str]:
    better(project, "v6.0", 0.86)
    project.approve("veran:v6.0")
    report = better(project, "v6.1", 0.91)
    project.approve()
    better(project, "v6.3", 0.99)  # not approved
    return "approved", report, "veran:v6.1, approved last"


def named(project: Project) -> tuple[str, str, str]:
    better(project, "v6.1", 0.5, "staging", "--threshold", "min_quality_score=0")
    better(project, "v6.1", 0.86)
    return "veran:v6.1", better(project, "v6.1", 0.91), "veran:v6.1"


@pytest.mark.parametrize("arrange", [live_from, approved_from, named])
def test_the_report_of_another_version(project: Project, arrange: Callable[[Project], tuple[str, str, str]]) -> None:
    asked, report, told = arrange(project)
    done = project(*V62, "--baseline", asked)
    assert done.code == 1
    assert "quality score 0.87 against 0.91 exceeds the allowed regression of 2.00%" in done.out
    assert f"compared with {told} (report {report[:12]})" in done.out
    (record,) = project.json("report", "--model", "veran:v6.2", code=1)["reports"]
    assert record["baseline"]["source"] == "record"
    assert record["baseline"]["record"] == report
    assert record["baseline"]["metrics"]["quality_score"] == 0.91
    assert "baseline" not in [item["role"] for item in record["inputs"]]
    project.ok("verify")


def test_without_a_record(project: Project) -> None:
    _, report, _ = live_from(project)
    value = project.json(*V62, "--baseline", "live", "--no-record", code=1)
    assert value["baseline"] == {"source": "record", "record": report, "version": "veran:v6.1"}
    assert "record" not in value


def test_what_the_metrics_say_of_a_baseline_is_left_out(project: Project) -> None:
    """The record says what was compared with, so nothing else may have been."""
    asked, _, _ = live_from(project)
    (project.path / "lying.json").write_text(
        '{"quality_score": 0.95, "latency_ms": 41, "memory_mb": 2048, "throughput_tokens_per_sec": 100,'
        ' "baseline_quality_score": 0.99, "baseline_latency_ms": 1}'
    )
    args = ("check", "--model", "veran:v6.2", "--context", "production", "--metrics", "lying.json", *MEASURED)
    assert "0.95 against 0.99" in project(*args).out
    project.ok(*args, "--baseline", asked)
    *_, last = project.json("report", "--model", "veran:v6.2")["reports"]
    assert last["metrics"]["model"]["baseline_latency_ms"] == 41.5


def test_live_on_targets(project: Project) -> None:
    project.approved()
    project.approved("veran:v6.3")
    for version, target in (("v6.1", "eu"), ("v6.1", "us"), ("v6.3", "asia")):
        deploy(project, version, target)
    done = project(*GOOD, "--baseline", "live")
    assert done.code == 2
    assert "several versions of veran are live in production: v6.3 on asia, v6.1 on eu, v6.1 on us" in done.err
    assert "Pick one with --target" in done.err
    assert "veran:v6.3, live on asia" in project.ok(*GOOD, "--baseline", "live", "--target", "asia").out
    project.ok("rollback", "--model", "veran:v6.3", *TARGET, "asia")
    assert "veran:v6.1, live on eu, us" in project.ok(*GOOD, "--baseline", "live").out
    done = project(*GOOD, "--baseline", "live", "--target", "asia")
    assert (done.code, "no version of veran is live in production on asia" in done.err) == (2, True)


def test_live_rests_on_the_report_that_was_deployed(project: Project) -> None:
    """What is checked again later was never what somebody deployed."""
    _, report, _ = live_from(project)
    better(project, "v6.1", 0.86)
    assert f"(report {report[:12]})" in project(*V62, "--baseline", "live").out


def test_live_where_no_approval_is_needed(project: Project) -> None:
    edit_policy(project, "required_approvals = 1", "required_approvals = 0")
    report = better(project, "v6.1", 0.91)
    deploy(project)
    better(project, "v6.1", 0.86)
    assert f"live on prod (report {report[:12]})" in project(*V62, "--baseline", "live").out


def test_approved_is_another_version_than_the_one_checked(project: Project) -> None:
    project.approved()
    project.approved("veran:v6.2")
    assert "compared with veran:v6.1, approved last" in project.ok(*GOOD, "--baseline", "approved").out


REFUSED = [
    ("veran:v6.2", "veran:v6.2 cannot be compared with itself"),
    ("veran:v9", "the ledger knows no model version veran:v9. `gitgates list` shows those that it knows; a file of"),
    ("veran:v6.0", "veran:v6.0 has no report for production that counts"),
    ("approved", "no other version of veran is approved in production"),
    ("live", "no version of veran is live in production. `gitgates live` shows what is"),
    ("nobody.json", "nobody.json"),
    ("a:b:c", "a:b:c"),
]


@pytest.mark.parametrize(("asked", "told"), REFUSED)
def test_nothing_to_compare_with(project: Project, asked: str, told: str) -> None:
    project.check("veran:v6.0", "staging")
    done = project(*GOOD, "--baseline", asked)
    assert done.code == 2, done
    assert told in done.err
    assert len(project.records()) == 2  # the root and v6.0


def test_of_a_model_that_nobody_knows(project: Project) -> None:
    done = project(*GOOD, "--baseline", "live")
    assert (done.code, "the ledger knows no model 'veran'" in done.err) == (2, True)


def test_without_a_ledger(bare_project: Project) -> None:
    done = bare_project(*GOOD, "--baseline", "live", "--no-record")
    assert (done.code, "there is no quality-gate ledger here" in done.err) == (2, True)


def test_misuse(project: Project) -> None:
    live_from(project)
    done = project("check", "--model", "veran:v6.2", *MEASURED, "--baseline", "veran:v6.1", "--context", "production")
    assert (done.code, "--baseline is given without --metrics" in done.err) == (2, True)
    done = project(*GOOD, "--baseline", "approved", "--target", "prod")
    assert (done.code, "--target is given without --baseline live" in done.err) == (2, True)
    again = ("check", "--model", "veran:v6.1", "--context", "production", "--metrics", "metrics-v6.1.json", *MEASURED)
    done = project(*again, "--baseline", "live")
    assert (done.code, "veran:v6.1 is itself what is live on prod" in done.err) == (2, True)


def test_words_beat_files(project: Project) -> None:
    """A file that somebody adds may not change what a command compares with."""
    live_from(project)
    for name in ("live", "veran:v6.1"):
        (project.path / name).write_text('{"quality_score": 0.2}')
        assert project(*V62, "--baseline", name).code == 1
        value = project.json(*V62, "--baseline", f"./{name}")
        assert value["baseline"] == {"source": "file", "record": "", "version": ""}
        assert name in [item["file"] for item in value["inputs"]]
    assert project(*V62, "--baseline", str(project.path / "veran:v6.1")).code == 0


def test_a_report_without_metrics_of_the_model(project: Project) -> None:
    project("check", "--model", "veran:v6.1", "--context", "production", *MEASURED)
    done = project(*GOOD, "--baseline", "veran:v6.1")
    assert done.code == 2
    assert "cannot be a baseline: it has no metrics of the model. Check veran:v6.1 again" in done.err


def test_a_report_by_a_revoked_key(project: Project, keys: Keys) -> None:
    project.ok("member", "add", "bob@example.com", "--role", "checker", "--public-key", keys.bob.public)
    project.fail("veran:v6.1", "production")
    bad = ("check", "--model", "veran:v6.1", "--context", "production", "--metrics", "bad.json")
    assert project(*bad, "--key", keys.bob.path).code == 1
    bob = next(m for m in project.json("member", "list")["members"] if m["principal"] == "bob@example.com")
    project.ok("member", "revoke-key", bob["keys"][0])
    done = project(*GOOD, "--baseline", "veran:v6.1")
    assert done.code == 2
    assert "cannot be a baseline: it can only count against" in done.err


def test_two_latest_reports(project: Project, clone_of: Callable[..., Project]) -> None:
    """After a race there are two; they serve where they agree, and nobody picks one where they do not."""
    project.check("veran:v1", "staging")
    clone = clone_of(project)
    better(project, "v6.1", 0.91)
    better(clone, "v6.1", 0.91)
    git(project.path, "pull", "--quiet", "--no-rebase", "--no-edit", clone.path, "main")
    assert "compared with veran:v6.1 (report" in project.ok(*GOOD, "--baseline", "veran:v6.1").out
    better(clone, "v6.1", 0.93)
    better(project, "v6.1", 0.92)
    git(project.path, "pull", "--quiet", "--no-rebase", "--no-edit", clone.path, "main")
    done = project(*GOOD, "--baseline", "veran:v6.1")
    assert (done.code, "several latest reports for production, and their numbers differ" in done.err) == (2, True)


@pytest.mark.parametrize("asked", ["veran:v6.1", "approved", "live"])
def test_incomplete(project: Project, asked: str) -> None:
    """Where a record is missing, another report may be the right one."""
    project.check()
    project.approved()
    deploy(project)
    folder = project.path / ".quality-gates/models/veran/v6.1"
    first = min(folder.glob("*-report-*.json"))
    git(project.path, "rm", "--quiet", first, f"{first}.sig")
    git(project.path, "commit", "--quiet", "--message", "Delete")
    done = project(*GOOD, "--baseline", asked)
    assert done.code == 3, done
    assert "incomplete" in done.err


def test_a_policy_that_requires_a_baseline(project: Project) -> None:
    report = better(project, "v6.0", 0.91)
    edit_policy(project, 'require_baseline = "none"', 'require_baseline = "any"')
    done = project(*GOOD)
    assert done.code == 2
    assert "veran:v6.2 was not compared with a baseline, and the policy requires one for production" in done.err
    project.ok(*GOOD, "--baseline", "metrics-v6.1.json")
    project.approve("veran:v6.2")
    assert project.answer("veran:v6.2") == "allowed"

    edit_policy(project, 'require_baseline = "any"', 'require_baseline = "record"')
    assert project.answer("veran:v6.2") == "denied"
    done = project(*GOOD, "--baseline", "metrics-v6.1.json", "--no-record")
    assert done.code == 2
    assert "was not compared with a report of this ledger, and the policy requires that" in done.err
    assert f"(report {report[:12]})" in project.ok(*GOOD, "--baseline", "veran:v6.0").out
    project.approve("veran:v6.2")
    assert project.answer("veran:v6.2") == "allowed"
