"""`waive`, and what rests on it, as users type it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gitgates.cli.report_view import Waived, waived_of
from tests.cli.project import MEASURED, TESTS, Project
from tests.support import Keys, git
from tests.unit.decision.builder import BAD, World, in_production

MODEL = "veran:v6.1"
IN = ("--model", MODEL, "--context", "production")
WAIVE = ("waive", *IN, "--expires", "30d", "--reason", "never called")


def _scan(project: Project, **severities: str) -> None:
    """Write a scan of Trivy that found a vulnerability of each severity."""
    found = [{"VulnerabilityID": name.replace("_", "-"), "Severity": word} for name, word in severities.items()]
    target = {"Target": "lock", "Class": "lang-pkgs", "Type": "pip", "Vulnerabilities": found}
    value = {"SchemaVersion": 2, "ArtifactName": "veran", "Results": [target]}
    (project.path / "scan.json").write_text(json.dumps(value))


@pytest.fixture
def allowing(bare_project: Project, allow: Callable[[Project, str], None]) -> Project:
    """A project whose policy allows waivers in production, and a report that fails by one high vulnerability."""
    bare_project.ok("init")
    allow(bare_project, "allow_waivers = true")
    _check(bare_project)
    return bare_project


@pytest.fixture
def allow() -> Callable[[Project, str], None]:
    """Return a function that puts a setting into production's table and has the policy proposed."""

    def change(project: Project, setting: str) -> None:
        key = setting.partition(" =")[0]
        file = project.path / ".quality-gates" / "policy.toml"
        head, table, rest = file.read_text().partition("[contexts.production]\n")
        lines = [line for line in rest.splitlines(keepends=True) if not line.startswith(f"{key} =")]
        file.write_text(f"{head}{table}{setting}\n{''.join(lines)}")
        project.ok("policy", "propose")

    return change


def _check(project: Project) -> None:
    _scan(project, CVE_2024_1234="HIGH")
    done = project("check", *IN, "--metrics", "metrics-v6.1.json", *MEASURED)
    assert done.code == 1, done


def test_from_no_to_yes_and_back(allowing: Project) -> None:
    denied = allowing("approve", *IN)
    assert denied.code == 1
    assert "1 high (more than the allowed 0)" in denied.err
    assert "accept what fails, by name and for a while, with `gitgates waive`" in denied.err
    done = allowing.ok(*WAIVE, "--finding", "CVE-2024-1234")
    assert "waived CVE-2024-1234 of veran:v6.1 for production" in done.out
    assert "the latest report passes with what was waived; approvals must come after the waiver" in done.err
    assert allowing.answer() == "denied"
    assert "forced" not in allowing.ok("approve", *IN).out
    decision = allowing.json("can-deploy", *IN)
    waiver = allowing.json("history", "--model", MODEL)["events"][1]
    assert (waiver["kind"], waiver["outcome"], waiver["record"]["finding"]) == ("waiver", "waived", "CVE-2024-1234")
    assert (decision["waivers"], decision["forced"]) == ([waiver["id"]], False)
    assert decision["waived"][0].startswith("CVE-2024-1234 until ")
    allowing.ok("withdraw", *IN, "--record", waiver["id"][:12], "--reason", "it is called after all")
    assert allowing.answer() == "denied"
    assert allowing.json("can-deploy", *IN, code=1)["waivers"] == []


def test_every_answer_names_the_waiver(allowing: Project) -> None:
    allowing.ok(*WAIVE, "--finding", "CVE-2024-1234")
    allowing.approve()
    told = "rests on 1 waiver: CVE-2024-1234 until "
    for command in (("status", "--model", MODEL), ("can-deploy", *IN), ("can-deploy", *IN, "--explain"), ("list",)):
        assert told in " ".join(allowing.ok(*command).out.split()), command
    assert told in allowing.ok("deploy", *IN, "--target", "prod-cluster").out
    listed = allowing.json("list")["versions"][0]
    assert len(listed["waivers"]) == len(listed["waived"]) == 1
    history = allowing.ok("history", "--model", MODEL).out
    assert "waiver waived" in history
    assert "accepts CVE-2024-1234 until " in history
    assert "reason: never called" in history
    assert "gates: waiver veran:v6.1 production waived" in allowing.records()
    notes = git(allowing.path, "grep", " waiver production waived ", "refs/notes/gates/veran")
    assert "waiver" in notes
    assert allowing.ok("verify").code == 0


def test_an_expired_waiver_is_none(allowing: Project) -> None:
    allowing.ok("waive", *IN, "--finding", "CVE-2024-1234", "--expires", "1s", "--reason", "soon over")
    _wait_until_denied(allowing)
    assert allowing.json("can-deploy", *IN, code=1)["waivers"] == []
    assert "; the waiver CVE-2024-1234 until " in allowing("can-deploy", *IN).err + allowing("can-deploy", *IN).out
    assert ": it has expired" in allowing("report", "--model", MODEL).out


def test_a_report_by_rules_of_a_newer_program_shows_without_its_waivers() -> None:
    world = World(in_production(allow_waivers="true"))
    report = world.report(BAD, rules="gates/2")
    world.waive("min_quality_score")
    assert waived_of(world.known(), report, world.chain().current()) == Waived()


def test_the_report_tells_of_its_waivers(allowing: Project) -> None:
    (report,) = allowing.json("report", "--model", MODEL, code=1)["reports"]
    assert (report["waivers"], report["waived"], report["passes_with_waivers"]) == ([], [], False)
    allowing.ok(*WAIVE, "--finding", "CVE-2024-1234")
    shown = allowing("report", "--model", MODEL)
    assert shown.code == 1
    assert "  waiver   CVE-2024-1234 until " in shown.out
    assert "by alice@example.com: never called" in shown.out
    assert "  the report is taken as passed with what was waived" in shown.out
    (report,) = allowing.json("report", "--model", MODEL, code=1)["reports"]
    assert report["passes_with_waivers"] is True
    assert report["waivers"] == allowing.json("status", "--model", MODEL)["contexts"][0]["waivers"]
    _scan(allowing, CVE_2024_1234="HIGH", CVE_2024_9="HIGH")
    assert allowing("check", *IN, "--metrics", "metrics-v6.1.json", *MEASURED).code == 1
    assert "  what was waived is not all that failed" in allowing("report", "--model", MODEL).out


def _wait_until_denied(project: Project) -> None:
    import time

    time.sleep(1.05)
    assert project("approve", *IN).code == 1


def test_a_threshold(allowing: Project) -> None:
    _scan(allowing)
    slow = json.loads((allowing.path / "metrics-v6.1.json").read_text()) | {
        "latency_ms": 200, "baseline_latency_ms": 100,
    }  # fmt: skip
    (allowing.path / "slow.json").write_text(json.dumps(slow))
    assert allowing("check", *IN, "--metrics", "slow.json", *MEASURED).code == 1
    still = allowing.ok(*WAIVE, "--finding", "max_regression")
    assert "the latest report still fails" in still.err
    allowing.ok(*WAIVE, "--finding", "max_latency_increase")
    allowing.approve()
    assert allowing.answer() == "allowed"
    assert [text.split()[0] for text in allowing.json("can-deploy", *IN)["waived"]] == ["max_latency_increase"]


def test_before_any_failure(allowing: Project) -> None:
    _scan(allowing)
    allowing.check()
    done = allowing.ok(*WAIVE, "--finding", "max_regression")
    assert "note: no latest report for production fails; the waiver serves later ones" in done.err


def test_before_the_first_report(allowing: Project) -> None:
    allowing.check("veran:v7", "staging")
    done = allowing.ok(*WAIVE, "--model", "veran:v7", "--finding", "CVE-2024-1234")
    assert "CVE-2024-1234 is not listed in the latest report, which need not list all ids; no latest report" in done.err


REFUSED: dict[str, tuple[tuple[str, ...], str]] = {
    "no such finding": (
        ("--finding", "max_latency"),
        "names no threshold, metric or vulnerability for production. Did you mean max_latency_increase?",
    ),
    "no such id": (
        ("--finding", "CVE-2024-1243"),
        "is not among what the latest report found for production. Did you mean CVE-2024-1234?",
    ),
    "nothing like it": (("--finding", "toxicityy"), "What fails: CVE-2024-1234, max_high_vulnerabilities"),
    "no duration": (("--finding", "CVE-2024-1234", "--expires", "soon"), "--expires: expected a duration"),
    "beyond all time": (
        ("--finding", "CVE-2024-1234", "--expires", "999999999d"),
        "--expires: is beyond the year 9999",
    ),
    "no reason": (("--finding", "CVE-2024-1234", "--reason", " "), "a waiver needs a reason"),
    "unknown context": (("--finding", "CVE-1", "--context", "mars"), "the policy knows no context 'mars'"),
}


@pytest.mark.parametrize(("more", "problem"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(allowing: Project, more: tuple[str, ...], problem: str) -> None:
    before = allowing.records()
    done = allowing(*WAIVE, *more)
    assert done.code == 2, done
    assert problem in done.err
    assert allowing.records() == before


def test_where_the_policy_allows_none(project: Project) -> None:
    _check(project)
    done = project(*WAIVE, "--finding", "CVE-2024-1234")
    assert done.code == 1
    assert "the policy for production allows no waivers" in done.err


def test_the_reports_author_where_duties_are_separated(
    allowing: Project, allow: Callable[[Project, str], None], keys: Keys
) -> None:
    folder = allowing.path / ".quality-gates"
    with (folder / "allowed_signers").open("a") as signers:
        signers.write(f'bob@example.com namespaces="gitgates" {keys.bob.public}\n')
    policy = (folder / "policy.toml").read_text()
    (folder / "policy.toml").write_text(policy.replace("[members]", '[members]\n"bob@example.com" = ["approver"]\n#'))
    allow(allowing, "separation_of_duties = true")
    done = allowing(*WAIVE, "--finding", "CVE-2024-1234")
    assert done.code == 1
    assert "made the latest report and may not waive what it found" in done.err
    allowing.ok(*WAIVE, "--finding", "CVE-2024-1234", "--key", keys.bob.path)
    allowing.approve("veran:v6.1", "production", "--key", keys.bob.path)
    assert allowing.answer() == "allowed"


def test_no_record_where_the_scan_names_no_ids(allowing: Project, tmp_path: Path) -> None:
    scan = tmp_path / "native.json"
    scan.write_text('{"critical_vulnerabilities": 0, "high_vulnerabilities": 1, "medium_vulnerabilities": 0}')
    done = allowing("check", *IN, "--metrics", "metrics-v6.1.json", *TESTS, "--security-scan", scan)
    assert done.code == 1
    word = allowing(*WAIVE, "--finding", "toxicityy")
    assert (word.code, "What fails: max_high_vulnerabilities" in word.err) == (2, True)
    told = allowing.ok(*WAIVE, "--finding", "CVE-2024-1234").err
    assert "CVE-2024-1234 is not listed in the latest report, which need not list all ids; the latest" in told
    assert "something else is in the way, or it does not name this finding" in told
    assert allowing("approve", *IN).code == 1
