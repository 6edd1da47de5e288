"""`gitgates check --security-scan` with what scanners write: unknown severities, and scans of nothing."""

import json
from typing import Any

import pytest

from tests.cli.project import Project

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
