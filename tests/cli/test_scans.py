"""`gitgates check --security-scan` with what scanners write: unknown severities, and scans of nothing."""

import json
from typing import Any

import pytest

from tests.cli.project import TESTS, Project

CHECK = ("check", "--model", "veran:v1", "--security-scan", "audit.json")
VULNERABLE = {"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "PYSEC-2024-1"}]}], "fixes": []}


def _write(project: Project, report: Any) -> None:
    (project.path / "audit.json").write_text(json.dumps(report), encoding="utf-8")


@pytest.mark.parametrize(("context", "code", "mark"), [("production", 1, "FAIL"), ("staging", 0, "warn")])
def test_unknown_severity_is_shown_and_fails_production(project: Project, context: str, code: int, mark: str) -> None:
    _write(project, VULNERABLE)
    done = project(*CHECK, "--context", context)
    assert done.code == code
    line = next(line for line in done.out.splitlines() if " security " in line)
    assert line.split()[0] == mark
    assert "1 of unknown severity" in line
    assert "audit.json: pip-audit tells no severities" in done.out + done.err


def test_unknown_severity_stands_in_the_record_with_its_id(project: Project) -> None:
    _write(project, VULNERABLE)
    value = project.json(*CHECK, "--context", "staging")
    details = next(check for check in value["checks"] if check["gate_name"] == "security")["details"]
    assert details["unknown_vulnerabilities"] == details["total_vulnerabilities"] == 1
    assert details["vulnerabilities"] == [{"id": "PYSEC-2024-1", "severity": "unknown", "count": 1}]
    assert [item["format"] for item in value["inputs"]] == ["pip-audit"]


def _allow(project: Project, word: str) -> None:
    """Have the policy allow unknown severities in production, or no longer."""
    policy = project.path / ".quality-gates" / "policy.toml"
    other = {"true": "false", "false": "true"}[word]
    policy.write_text(
        policy.read_text().replace(f"allow_unknown_severities = {other}", f"allow_unknown_severities = {word}")
    )
    told = f"production: allow_unknown_severities is {'on' if word == 'true' else 'off'}"
    assert told in project.ok("policy", "propose").out


def test_unknown_severity_that_the_policy_allows(project: Project) -> None:
    _write(project, VULNERABLE)
    production = (*CHECK, "--context", "production", *TESTS, "--metrics", "metrics-v6.1.json")
    assert "FAIL  security" in project(*production, "--no-record").out
    _allow(project, "true")
    unrecorded = project.ok(*production, "--no-record").out
    line = "warn  security       1 of unknown severity, allowed by the policy"
    assert line in unrecorded
    assert line in project.ok(*production).out
    (report,) = project.json("report", "--model", "veran:v1", "--context", "production")["reports"]
    assert (report["rules"], report["allow_unknown_severities"], report["outcome"]) == ("gates/2", True, "passed")
    project.approve("veran:v1")
    assert project.answer("veran:v1") == "allowed"
    project.ok("verify")
    # A report that was made while they were allowed does not outlive that.
    _allow(project, "false")
    assert project.answer("veran:v1") == "denied"
    told = "it lets vulnerabilities of unknown severity pass, the policy does not"
    assert told in project("can-deploy", "--model", "veran:v1", "--context", "production").out
    assert project(*production).code == 1


def test_without_a_ledger_no_policy_allows_them(bare_project: Project) -> None:
    _write(bare_project, VULNERABLE)
    done = bare_project(*CHECK, "--context", "production", "--no-record")
    assert done.code == 1
    assert "FAIL  security       1 of unknown severity\n" in done.out


def test_the_policy_shows_that_it_allows_them(project: Project) -> None:
    _allow(project, "true")
    assert "allow_unknown_severities" in project.ok("policy", "show").out


@pytest.mark.parametrize(
    ("report", "field"),
    [
        ({"dependencies": [{"name": "a", "skip_reason": "not found"}], "fixes": []}, "$.dependencies"),
        ({"error": {"code": "ENOLOCK", "summary": "no lock file", "detail": ""}}, "$.error"),
        ({"results": []}, "$.results"),
        ({"matches": [], "descriptor": {"name": "grype"}}, "$.matches"),
        ({"bomFormat": "CycloneDX", "components": []}, "$.vulnerabilities"),
        ({"version": "2.1.0", "runs": []}, "$.runs"),
    ],
)
def test_scan_of_nothing_is_bad_input_and_leaves_no_record(project: Project, report: Any, field: str) -> None:
    before = project.records()
    _write(project, report)
    done = project(*CHECK)
    assert (done.code, done.out) == (2, "")
    assert f"audit.json: {field}: " in done.err
    assert project.records() == before
