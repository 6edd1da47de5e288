"""What tools write when something is wrong and it looks fine: each trap of issue 5, beside a file of which it is true.

Through `check` in a project's development context, where the fewest things are asked for: the file without the trap
passes, and the same file with it is refused (2), fails (1), or says in a note what it leaves out.
"""

import json
from typing import Any

import attrs
import pytest

from tests.cli.project import Project

TESTS, SCAN = "--test-metrics", "--security-scan"


@attrs.frozen
class Trap:
    """A file that is fine, and one that only looks like it.

    Attributes:
        code: the exit code for the file with the trap.
        told: words that stand in what is printed for it, and not for the other.
        options: further arguments, for both.
    """

    flag: str
    fine: Any
    trap: Any
    code: int
    told: str
    options: tuple[str, ...] = ()
    context: str = "development"


def _suite(cases: str, **attributes: int) -> str:
    told = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f'<testsuites{told}><testsuite name="pytest">{cases}</testsuite></testsuites>'


def _cases(count: int, extra: str = "") -> str:
    return "".join(f'<testcase classname="c" name="t{number}"/>' for number in range(count)) + extra


def _coverage(percent: float, lines: int, branches: int) -> dict[str, Any]:
    counts = {"covered_lines": lines, "num_statements": 100, "covered_branches": branches, "num_branches": 100}
    return {"meta": {}, "totals": {**counts, "percent_covered": percent}}


def _pip_audit(*dependencies: dict[str, Any]) -> dict[str, Any]:
    return {"dependencies": list(dependencies), "fixes": []}


AUDITED = {"name": "attrs", "version": "26.1.0", "vulns": []}
SKIPPED = {"name": "attrs", "skip_reason": "Dependency not found on PyPI"}
FOUND = AUDITED | {"vulns": [{"id": "PYSEC-1", "fix_versions": [], "aliases": []}]}
NPM = {
    "auditReportVersion": 2,
    "vulnerabilities": {},
    "metadata": {
        "vulnerabilities": dict.fromkeys(("info", "low", "moderate", "high", "critical", "total"), 0),
        "dependencies": {"prod": 4, "total": 4},
    },
}
NPM_ERROR = {"error": {"code": "ENOLOCK", "summary": "This command requires an existing lockfile.", "detail": "Try..."}}


def _json_report(**more: Any) -> dict[str, Any]:
    tests = [{"nodeid": f"t{number}", "outcome": "passed", "call": {"outcome": "passed"}} for number in range(40)]
    return {"exitcode": 0, "root": "/", "summary": {"passed": 40, "total": 40, "collected": 40}, "tests": tests, **more}


def _ctrf(passed: int) -> dict[str, Any]:
    summary = dict.fromkeys(("failed", "skipped", "pending", "other"), 0) | {"tests": passed, "passed": passed}
    tests = [{"name": f"t{number}", "status": "passed", "duration": 1} for number in range(passed)]
    return {"results": {"tool": {"name": "pytest"}, "summary": summary | {"start": 1, "stop": 2}, "tests": tests}}


def _sarif(severity: str) -> dict[str, Any]:
    rule = {"id": "R1", "properties": {"security-severity": severity}}
    run = {
        "tool": {"driver": {"name": "t", "rules": [rule]}},
        "results": [{"ruleId": "R1", "message": {"text": "m"}}] * 2,
    }
    return {"version": "2.1.0", "runs": [run]}


def _osv(severity: str) -> dict[str, Any]:
    group = {"ids": ["OSV-1"], "max_severity": severity}
    package = {"package": {"name": "p", "version": "1", "ecosystem": "npm"}}
    found = {**package, "vulnerabilities": [{"id": "OSV-1"}], "groups": [group]}
    return {"results": [{"source": {"path": "l", "type": "lockfile"}, "packages": [found]}]}


TRAPS = {
    "pip-audit says that nothing is vulnerable, and audited nothing": Trap(
        SCAN, _pip_audit(AUDITED), _pip_audit(SKIPPED, SKIPPED), 2, "every dependency has a skip_reason"
    ),
    "pip-audit audited some of it": Trap(
        SCAN, _pip_audit(AUDITED), _pip_audit(AUDITED, SKIPPED), 0, "1 of 2 dependencies"
    ),
    "npm audit writes an error in place of a report": Trap(SCAN, NPM, NPM_ERROR, 2, "ENOLOCK"),
    "a jest suite that fails to load is absent": Trap(
        TESTS, _suite(_cases(4)), _suite(_cases(3)), 2, "expects at least 4", ("--expect-tests", "4")
    ),
    "a build error of gotestsum stands in the root alone": Trap(
        TESTS, _suite(_cases(3), errors=0), _suite(_cases(3), errors=1), 1, "75.00% (3/4)"
    ),
    "a summary of pytest-json-report leaves a file out that cannot be imported": Trap(
        TESTS,
        _json_report(),
        _json_report(exitcode=2, collectors=[{"nodeid": f"f{n}.py", "outcome": "failed"} for n in range(20)]),
        1,
        "66.67% (40/60)",
    ),
    "CTRF leaves a file out that cannot be imported": Trap(
        TESTS, _ctrf(4), _ctrf(3), 2, "expects at least 4", ("--expect-tests", "4")
    ),
    "reruns of pytest are cases that look passed": Trap(
        TESTS,
        _suite(_cases(4)),
        _suite(_cases(4, '<testcase classname="c" name="t0"><failure/></testcase>' + _cases(1) * 9)),
        1,
        "75.00% (3/4)",
    ),
    "a header claims more failures than the body": Trap(
        TESTS, _suite(_cases(4), failures=0), _suite(_cases(4), failures=2), 1, "66.67% (4/6)"
    ),
    "a header claims more tests than the body": Trap(
        TESTS, _suite(_cases(4), tests=4), _suite(_cases(4), tests=186), 0, "the header claims 186 tests"
    ),
    "coverage.py mixes branches into percent_covered": Trap(
        TESTS, _coverage(95.0, 95, 95), _coverage(75.0, 50, 100), 1, "coverage 50.00%", ("--coverage", "lines")
    ),
    "a severity of SARIF is a word": Trap(SCAN, _sarif("low"), _sarif("critical"), 1, "2 critical"),
    "a severity of SARIF is a word that says nothing": Trap(
        SCAN, _sarif("low"), _sarif("spicy"), 1, "2 of unknown severity", context="production"
    ),
    "a group of OSV has an empty max_severity": Trap(
        SCAN, _osv("3.1"), _osv(""), 1, "1 of unknown severity", context="production"
    ),
    "pip-audit tells no severities": Trap(
        SCAN, _pip_audit(AUDITED), _pip_audit(FOUND), 1, "1 of unknown severity", context="production"
    ),
}  # fmt: skip

NOTHING_SCANNED: dict[str, Any] = {
    "trivy": {"SchemaVersion": 2, "ArtifactName": ".", "Results": []},
    "grype": {"matches": [], "source": {"type": "directory", "target": "."}, "descriptor": {"name": "grype"}},
    "pip-audit": _pip_audit(),
    "osv-scanner": {"results": []},
    "npm-audit": NPM | {"metadata": NPM["metadata"] | {"dependencies": {"total": 0}}},  # type: ignore[operator]
    "safety": {"report_meta": {"packages_found": 0}, "scanned_packages": {}, "vulnerabilities": []},
    "bandit": {"errors": [], "generated_at": "", "metrics": {"_totals": {"loc": 0}}, "results": []},
    "semgrep-json": {"version": "1", "results": [], "errors": [], "paths": {"scanned": []}},
    "sarif": {"version": "2.1.0", "runs": []},
    "cyclonedx": {"bomFormat": "CycloneDX", "specVersion": "1.4", "components": [{}], "vulnerabilities": []},
    "native-security": {"scan_tool": "none"},
}


def _check(project: Project, trap: Trap, content: Any) -> tuple[int, str]:
    text = content if isinstance(content, str) else json.dumps(content)
    (project.path / "report").write_text(text)
    args = ("--no-record", "--context", trap.context, *trap.options, trap.flag, "report")
    done = project("check", "--model", "veran:v1", *args)
    return done.code, done.out + done.err


@pytest.mark.parametrize("name", TRAPS)
def test_a_trap_is_told_from_a_clean_result(name: str, project: Project) -> None:
    trap = TRAPS[name]
    fine, clean = _check(project, trap, trap.fine)
    code, output = _check(project, trap, trap.trap)
    assert code == trap.code, output
    assert trap.told in output
    assert trap.told not in clean
    if trap.context == "development":
        assert fine == 0, clean
    else:  # it fails for the gates that did not run, but not for what was given
        assert "FAIL  security" not in clean, clean
        assert "FAIL  security" in output


@pytest.mark.parametrize("tool", NOTHING_SCANNED)
def test_a_scan_that_scanned_nothing_is_never_zero_vulnerabilities(tool: str, project: Project) -> None:
    code, output = _check(project, Trap(SCAN, "", "", 2, ""), NOTHING_SCANNED[tool])
    assert code == 2, output
    assert output.startswith("gitgates: report: ")
    assert "is of no known format" not in output
