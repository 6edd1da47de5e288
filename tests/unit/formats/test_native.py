"""Native JSON: the fields of the three metrics classes, nothing else, nothing impossible."""

import json
from typing import Any

import pytest

from gitgates.errors import InputFileError
from gitgates.formats.base import Role
from gitgates.formats.detect import read
from gitgates.model.metrics import ModelMetrics, SecurityScanResults, TestMetrics
from gitgates.model.vulnerabilities import Vulnerability


def _read(role: Role, **values: Any) -> Any:
    return read(role, "m.json", json.dumps(values).encode())


def test_all_fields_of_tests() -> None:
    reading = _read(
        Role.TESTS,
        total_tests=10,
        passed_tests=8,
        failed_tests=1,
        skipped_tests=1,
        duration_seconds=1.5,
        coverage_percent=88,
    )
    assert reading.metrics == TestMetrics(10, 8, 1, 1, 1.5, 88)
    assert (reading.file, reading.format, reading.notes) == ("m.json", "native-tests", ())


def test_what_is_absent_or_null_is_not_measured() -> None:
    assert _read(Role.TESTS, total_tests=1, passed_tests=None).metrics == TestMetrics(1)
    assert _read(Role.MODEL, accuracy=0.5).metrics == ModelMetrics(None, accuracy=0.5)
    assert _read(Role.SECURITY, critical_vulnerabilities=0).metrics == SecurityScanResults(0)


def test_unknown_severity_and_texts() -> None:
    reading = _read(Role.SECURITY, unknown_vulnerabilities=3, scan_tool="mine", scan_timestamp="2026-01-01")
    assert reading.metrics == SecurityScanResults(
        unknown_vulnerabilities=3, scan_tool="mine", scan_timestamp="2026-01-01"
    )


def test_number_that_no_gate_judges_becomes_a_note() -> None:
    reading = _read(Role.MODEL, quality_score=0.8, baseline_accuracy=0.9)
    assert reading.metrics == ModelMetrics(0.8)
    assert reading.notes == ("$.baseline_accuracy is not judged by any gate",)


def test_listed_vulnerabilities() -> None:
    found = [{"id": "CVE-2", "severity": "high", "count": 2}, {"id": "CVE-1", "severity": "high"}]
    metrics = _read(Role.SECURITY, high_vulnerabilities=3, vulnerabilities=found).metrics
    assert metrics.vulnerabilities == (Vulnerability("CVE-1", "high"), Vulnerability("CVE-2", "high", 2))
    assert _read(Role.SECURITY, **metrics.to_dict()).metrics == metrics
    assert _read(Role.SECURITY, high_vulnerabilities=3, vulnerabilities=None).metrics.vulnerabilities is None
    assert _read(Role.SECURITY, high_vulnerabilities=3, vulnerabilities=[]).metrics.vulnerabilities is None


REFUSED: dict[str, tuple[Role, dict[str, Any], str]] = {
    "misspelt": (
        Role.TESTS,
        {"total_tests": 1, "pased_tests": 1},
        r"\$\.pased_tests: unknown key. Did you mean passed_tests",
    ),
    "strange key": (Role.TESTS, {"total_tests": 1, "zzz": 1}, r"\$\.zzz: unknown key. Known keys: total_tests, "),
    "of another role": (
        Role.TESTS,
        {"total_tests": 1, "quality_score": 1},
        r"\$\.quality_score: unknown key. .*--metrics",
    ),
    "negative": (Role.TESTS, {"total_tests": -1}, r"\$\.total_tests: must not be negative"),
    "fraction": (Role.TESTS, {"total_tests": 1.0}, r"\$\.total_tests: expected a whole number"),
    "text": (Role.TESTS, {"total_tests": "1"}, r"\$\.total_tests: expected a whole number"),
    "text beside a number": (Role.TESTS, {"total_tests": "1", "passed_tests": 1}, r"\$\.total_tests: expected a whole"),
    "boolean": (Role.TESTS, {"total_tests": True}, r"\$\.total_tests: expected a whole number"),
    "passed above total": (Role.TESTS, {"total_tests": 1, "passed_tests": 2}, r"\$\.total_tests: is 1, less than"),
    "parts without total": (Role.TESTS, {"passed_tests": 2}, r"\$\.total_tests: missing"),
    "coverage above 100": (Role.TESTS, {"coverage_percent": 100.1}, r"\$\.coverage_percent: must be in 0..100"),
    "score above 1": (Role.MODEL, {"quality_score": 82}, r"\$\.quality_score: must be in 0..1"),
    "negative latency": (Role.MODEL, {"quality_score": 0.5, "latency_ms": -1}, r"\$\.latency_ms: must be at least 0"),
    "not judged, but impossible": (
        Role.MODEL,
        {"quality_score": 0.5, "baseline_accuracy": 7},
        r"\$\.baseline_accuracy: must be in 0..1",
    ),
    "nothing but text": (Role.SECURITY, {"scan_tool": "x"}, r"\$: holds no number"),
    "nothing but null": (Role.SECURITY, {"high_vulnerabilities": None}, r"\$: holds no number"),
    "tool is a number": (Role.SECURITY, {"high_vulnerabilities": 0, "scan_tool": 7}, r"\$\.scan_tool: must be text"),
    "control character": (
        Role.SECURITY,
        {"high_vulnerabilities": 0, "scan_tool": "\x1b[2J"},
        r"\$\.scan_tool: must be",
    ),
    "long text": (Role.SECURITY, {"high_vulnerabilities": 0, "scan_tool": "x" * 201}, r"\$\.scan_tool: must be"),
    "lone surrogate": (Role.SECURITY, {"high_vulnerabilities": 0, "scan_tool": "\ud800"}, r"\$\.scan_tool: must be"),
    "listed: not a list": (
        Role.SECURITY,
        {"high_vulnerabilities": 1, "vulnerabilities": {}},
        r"\$\.vulnerabilities: must be a list",
    ),
    "listed: unknown key": (
        Role.SECURITY,
        {"high_vulnerabilities": 1, "vulnerabilities": [{"id": "CVE-1", "severity": "high", "x": 1}]},
        r"\$\.vulnerabilities\[0\]\.x: unknown key",
    ),
    "listed: no severity": (
        Role.SECURITY,
        {"high_vulnerabilities": 1, "vulnerabilities": [{"id": "CVE-1"}]},
        r"\$\.vulnerabilities\[0\]\.severity: must be one of critical, high",
    ),
    "listed: a count of 0": (
        Role.SECURITY,
        {"high_vulnerabilities": 1, "vulnerabilities": [{"id": "CVE-1", "severity": "high", "count": 0}]},
        r"\$\.vulnerabilities\[0\]\.count: must be at least 1",
    ),
    "listed: an id with blanks": (
        Role.SECURITY,
        {"high_vulnerabilities": 1, "vulnerabilities": [{"id": "CVE 1", "severity": "high"}]},
        r"\$\.vulnerabilities\[0\]\.id: must be an id such as",
    ),
    "listed: more than counted": (
        Role.SECURITY,
        {"high_vulnerabilities": 1, "vulnerabilities": [{"id": "CVE-1", "severity": "high", "count": 2}]},
        r"\$\.vulnerabilities: names 2 of severity high, but 1 were counted",
    ),
    "listed: nothing counted": (
        Role.SECURITY,
        {"high_vulnerabilities": 1, "vulnerabilities": [{"id": "CVE-1", "severity": "low"}]},
        r"\$\.vulnerabilities: names 1 of severity low, but none were counted",
    ),
    "listed: twice": (
        Role.SECURITY,
        {"high_vulnerabilities": 2, "vulnerabilities": [{"id": "CVE-1", "severity": "high"}] * 2},
        r"\$\.vulnerabilities: names one id twice",
    ),
    "list": (Role.SECURITY, {"high_vulnerabilities": [1]}, r"\$\.high_vulnerabilities: expected a whole number"),
}


@pytest.mark.parametrize(("role", "values", "fault"), REFUSED.values(), ids=REFUSED.keys())
def test_impossible_file_is_refused_with_its_field(role: Role, values: dict[str, Any], fault: str) -> None:
    with pytest.raises(InputFileError, match=f"^m.json: {fault}"):
        _read(role, **values)


def test_file_that_merely_shares_a_key_is_not_native() -> None:
    with pytest.raises(InputFileError, match="no number in it is called quality_score"):
        _read(Role.MODEL, epoch=1, eval_loss=0.5, perplexity=12.0)
