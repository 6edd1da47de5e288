"""Trivy JSON: findings as listed, and no scan is never a clean scan."""

import json
from typing import Any

import pytest

from gitgates.errors import InputFileError
from gitgates.formats.base import Reading, Role
from gitgates.formats.detect import read
from gitgates.model.metrics import SecurityScanResults
from gitgates.model.vulnerabilities import Vulnerability
from tests.unit.formats.scans import V2_MEDIUM, V3_HIGH, counts


def _read(*results: Any, **more: Any) -> Reading:
    report = {"SchemaVersion": 2, "ArtifactName": "x", "Results": list(results), **more}
    return read(Role.SECURITY, "t.json", json.dumps(report).encode())


def _target(*severities: Any, **more: Any) -> dict[str, Any]:
    found = [{"Severity": severity} for severity in severities]
    return {"Target": "t", "Class": "lang-pkgs", "Type": "pip", "Vulnerabilities": found, **more}


def test_counts_over_all_targets_and_duplicates() -> None:
    reading = _read(_target("CRITICAL", "HIGH", "HIGH"), _target("MEDIUM", "LOW", "HIGH"))
    assert reading.metrics == SecurityScanResults(1, 3, 1, 1, scan_tool="trivy", unknown_vulnerabilities=0)
    assert reading.format == "trivy"


@pytest.mark.parametrize("severity", ["UNKNOWN", "", "SEVERE", None, 9])
def test_severity_that_is_none_of_the_four_is_unknown(severity: Any) -> None:
    metrics = _read(_target(severity)).metrics
    assert metrics == SecurityScanResults(0, 0, 0, 0, scan_tool="trivy", unknown_vulnerabilities=1)


def test_vector_counts_where_there_is_no_label() -> None:
    rated = {"nvd": {"V2Vector": V2_MEDIUM, "V3Score": 9.8}, "ghsa": {"V3Vector": V3_HIGH}}
    found = [{"Severity": "UNKNOWN", "CVSS": rated}, {"Severity": "LOW", "CVSS": rated}, {"CVSS": {"nvd": {}}}]
    assert counts(_read(_target(Vulnerabilities=found))) == (0, 1, 0, 1, 1)


def test_clean_target_leaves_its_list_out() -> None:
    metrics = _read({"Target": "t", "Class": "os-pkgs", "Type": "alpine"}).metrics
    assert metrics == SecurityScanResults(0, 0, 0, 0, scan_tool="trivy", unknown_vulnerabilities=0)


def test_version_time_and_suppressed_findings() -> None:
    target = _target("LOW", ExperimentalModifiedFindings=[{"Type": "vulnerability"}])
    reading = _read(target, Trivy={"Version": "0.70.1"}, CreatedAt="2026-01-01T00:00:00Z")
    assert reading.metrics == SecurityScanResults(
        0, 0, 0, 1, "2026-01-01T00:00:00Z", "trivy 0.70.1", unknown_vulnerabilities=0
    )
    assert reading.notes == ("1 findings are suppressed and not counted",)


def test_ids_are_listed_by_severity() -> None:
    found = [("CVE-2", "HIGH"), ("CVE-1", "LOW"), ("CVE-2", "HIGH"), ("CVE-2", "LOW"), ("odd id!", "HIGH"), (7, "LOW")]
    listed = [{"VulnerabilityID": name, "Severity": severity} for name, severity in found]
    metrics = _read({"Target": "t", "Class": "lang-pkgs", "Vulnerabilities": listed}).metrics
    assert metrics == SecurityScanResults(
        0, 3, 0, 3, scan_tool="trivy", unknown_vulnerabilities=0,
        vulnerabilities=(
            Vulnerability("CVE-1", "low"), Vulnerability("CVE-2", "high", 2), Vulnerability("CVE-2", "low"),
        ),
    )  # fmt: skip


@pytest.mark.parametrize(("number", "listed"), [(200, 200), (201, 0)])
def test_no_more_ids_than_a_record_holds(number: int, listed: int) -> None:
    found = [{"VulnerabilityID": f"CVE-{index}", "Severity": "LOW"} for index in range(number)]
    reading = _read({"Target": "t", "Class": "lang-pkgs", "Vulnerabilities": found})
    assert isinstance(reading.metrics, SecurityScanResults)
    assert reading.metrics.low_vulnerabilities == number
    assert len(reading.metrics.vulnerabilities or ()) == listed
    told = ("201 vulnerabilities are counted and not listed: a record lists at most 200",)
    assert reading.notes == (() if listed else told)


NOT_SCANNED: dict[str, list[Any]] = {
    "no target": [],
    "misconfigurations only": [
        {"Target": "Dockerfile", "Class": "config", "Type": "dockerfile", "Misconfigurations": []}
    ],
    "secrets only": [{"Target": "a.env", "Class": "secret", "Secrets": []}],
    "licences only": [{"Target": "OS Packages", "Class": "license"}],
    "nothing told": [{"Target": "x"}],
}


@pytest.mark.parametrize("results", NOT_SCANNED.values(), ids=NOT_SCANNED.keys())
def test_scan_that_scanned_nothing_is_not_zero_vulnerabilities(results: list[Any]) -> None:
    with pytest.raises(InputFileError, match=r"^t.json: \$\.Results: no target was scanned for vulnerabilities"):
        _read(*results)


@pytest.mark.parametrize("report", [{"SchemaVersion": 2, "ArtifactName": "x"}, {"SchemaVersion": 2, "Results": None}])
def test_report_without_results_is_refused(report: dict[str, Any]) -> None:
    with pytest.raises(InputFileError, match="no target was scanned"):
        read(Role.SECURITY, "t.json", json.dumps(report).encode())


REFUSED = {
    "results": ({"Results": {}}, r"\$\.Results: must be a list"),
    "target": ({"Results": [7]}, r"\$\.Results\[0\]: must be an object"),
    "vulnerabilities": (
        {"Results": [{"Class": "os-pkgs", "Vulnerabilities": {"a": 1}}]},
        r"\$\.Results\[0\]\.Vulnerabilities: must be a list",
    ),
    "vulnerability": (
        {"Results": [{"Class": "os-pkgs", "Vulnerabilities": [None]}]},
        r"\$\.Results\[0\]\.Vulnerabilities\[0\]: is missing",
    ),
    "rating": (
        {"Results": [{"Class": "os-pkgs", "Vulnerabilities": [{"CVSS": {"nvd": 9.8}}]}]},
        r"\$\.Results\[0\]\.Vulnerabilities\[0\]\.CVSS\.nvd: must be an object",
    ),
    "schema": ({"SchemaVersion": 3}, r"\$\.SchemaVersion: only 2 is known"),
}


@pytest.mark.parametrize(("more", "fault"), REFUSED.values(), ids=REFUSED.keys())
def test_other_shapes_are_refused_with_their_field(more: dict[str, Any], fault: str) -> None:
    with pytest.raises(InputFileError, match=f"^t.json: {fault}"):
        _read(**more)
