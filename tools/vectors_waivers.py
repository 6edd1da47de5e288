"""Vectors of waivers: what was measured in profile `production`, what is waived, and whether the report passes so."""

from typing import Any

from gitgates.model.names import DeploymentContext
from gitgates.model.thresholds import default_thresholds

_CLEAN = {"critical_vulnerabilities": 0, "high_vulnerabilities": 0, "medium_vulnerabilities": 0}
_QUALITY = {"quality_score": 0.9, "throughput_tokens_per_sec": 10}
_SLOW = _QUALITY | {"latency_ms": 200, "baseline_latency_ms": 100}
_TESTS = {"total_tests": 100, "passed_tests": 100, "coverage_percent": 95}


def _scan(severity: str, counted: int, **listed: int) -> dict[str, Any]:
    """Return a scan in which `counted` of a severity were found; `listed` gives a number for `CVE_1` and so on."""
    found = [{"id": name.replace("_", "-"), "severity": severity, "count": number} for name, number in listed.items()]
    return {**_CLEAN, f"{severity}_vulnerabilities": counted, "vulnerabilities": found}


Case = tuple[str, dict[str, Any], list[str], bool]

# name, metrics, what is waived, whether it passes; evidence is required, and no gate
_CASES: tuple[Case, ...] = (
    ("slow", {"model": _SLOW}, [], False),
    ("slow, and that is waived", {"model": _SLOW}, ["max_latency_increase"], True),
    ("slow, and something else is waived", {"model": _SLOW}, ["max_regression"], False),
    ("slow and bad, one waived", {"model": _SLOW | {"quality_score": 0.1}}, ["max_latency_increase"], False),
    ("slow and bad, both waived", {"model": _SLOW | {"quality_score": 0.1}},
     ["max_latency_increase", "min_quality_score"], True),
    ("not comparable: a baseline of 0", {"model": _SLOW | {"baseline_latency_ms": 0}}, ["max_latency_increase"], True),
    ("not comparable: not measured", {"model": _QUALITY | {"baseline_latency_ms": 100}},
     ["max_latency_increase"], True),
    ("not measured at all", {"model": {"quality_score": 0.9}}, ["min_throughput_tokens_per_sec"], False),
    ("no test ran", {"tests": _TESTS | {"passed_tests": 0, "skipped_tests": 100}}, ["min_test_pass_rate"], False),
    ("tests fail", {"tests": _TESTS | {"passed_tests": 50}}, ["min_test_pass_rate"], True),
    ("a gate that did not run", {"tests": {"duration_seconds": 1}}, ["min_test_pass_rate", "min_code_coverage"], False),
    ("another gate fails", {"tests": _TESTS | {"passed_tests": 50}, "model": _SLOW}, ["max_latency_increase"], False),
    ("a high one", {"security": _scan("high", 1, CVE_1=1)}, ["CVE-1"], True),
    ("a high one, another waived", {"security": _scan("high", 1, CVE_1=1)}, ["CVE-2"], False),
    ("a high one twice", {"security": _scan("high", 2, CVE_1=2)}, ["CVE-1"], True),
    ("a high one, and one that is not listed", {"security": _scan("high", 2, CVE_1=1)}, ["CVE-1"], False),
    ("two high ones, one waived", {"security": _scan("high", 2, CVE_1=1, CVE_2=1)}, ["CVE-1"], False),
    ("two high ones, both waived", {"security": _scan("high", 2, CVE_1=1, CVE_2=1)}, ["CVE-1", "CVE-2"], True),
    ("a critical one", {"security": _scan("critical", 1, CVE_1=1)}, ["CVE-1"], True),
    ("three medium ones, two allowed", {"security": _scan("medium", 3, CVE_1=1)}, ["CVE-1"], True),
    ("one of unknown severity", {"security": _scan("unknown", 1, CVE_1=1)}, ["CVE-1"], True),
    ("one of unknown severity, of two", {"security": _scan("unknown", 2, CVE_1=1)}, ["CVE-1"], False),
    ("ids are spelled exactly", {"security": _scan("high", 1, CVE_1=1)}, ["cve-1"], False),
    ("any number of high ones", {"security": _CLEAN | {"high_vulnerabilities": 9}},
     ["max_high_vulnerabilities"], True),
    ("nothing measured", {}, ["max_high_vulnerabilities"], False),
)  # fmt: skip


def waivers() -> dict[str, Any]:
    """Return the file `values/waivers.json`."""
    thresholds = default_thresholds(DeploymentContext.PRODUCTION).to_dict()
    return {
        "rules": "gates/1",
        "profile": "production",
        "required_gates": [],
        "require_evidence": True,
        "thresholds": thresholds,
        "cases": [
            {"name": name, "metrics": metrics, "waived": waived, "passes": passes}
            for name, metrics, waived, passes in _CASES
        ],
    }
