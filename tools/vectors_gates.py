"""Vectors of the built-in gates: what was measured, under which thresholds, and what each gate must say."""

from typing import Any

from gitgates.model.names import DeploymentContext
from gitgates.model.thresholds import default_thresholds

_ALL = ("model_quality", "security", "tests")
_CLEAN = {"critical_vulnerabilities": 0, "high_vulnerabilities": 0, "medium_vulnerabilities": 0}
_QUALITY = {"quality_score": 0.9, "throughput_tokens_per_sec": 10}
_TESTS = {"total_tests": 20, "passed_tests": 19, "failed_tests": 1, "coverage_percent": 80}

PASSED, WARNED = ["passed", True], ["warning", True]
REFUSED, FAILED, BLOCKED, NOT_RUN = ["warning", False], ["failed", False], ["blocked", False], ["not_run", False]

Case = tuple[str, str, dict[str, Any], dict[str, Any], dict[str, list[Any]]]

# name, profile, metrics, what differs from the profile's defaults, expected (status, passed) by gate
_CASES: tuple[Case, ...] = (
    ("all good", "staging", {"tests": _TESTS, "model": _QUALITY, "security": _CLEAN}, {},
     {"tests": PASSED, "model_quality": PASSED, "security": PASSED}),
    ("nothing measured, nothing required", "staging", {}, {}, {}),
    ("nothing measured, all required", "production", {}, {},
     {"tests": NOT_RUN, "model_quality": NOT_RUN, "security": NOT_RUN}),
    ("19 of 20 meets 0.95 exactly", "staging", {"tests": _TESTS}, {}, {"tests": PASSED}),
    ("18 of 20 does not", "staging", {"tests": _TESTS | {"passed_tests": 18, "failed_tests": 2}}, {},
     {"tests": BLOCKED}),
    ("skipped tests do not count", "staging", {"tests": _TESTS | {"total_tests": 100, "skipped_tests": 80}}, {},
     {"tests": PASSED}),
    ("no test ran", "staging",
     {"tests": {"total_tests": 5, "passed_tests": 0, "skipped_tests": 5, "coverage_percent": 99}}, {},
     {"tests": BLOCKED}),
    ("coverage of 79.99", "staging", {"tests": _TESTS | {"coverage_percent": 79.99}}, {}, {"tests": BLOCKED}),
    ("coverage not measured", "staging", {"tests": {"total_tests": 20, "passed_tests": 20}}, {}, {"tests": WARNED}),
    ("coverage not measured, evidence required", "production", {"tests": {"total_tests": 20, "passed_tests": 20}},
     {"required_gates": ["tests"]}, {"tests": BLOCKED}),
    ("only coverage measured", "staging", {"tests": {"coverage_percent": 95}}, {}, {"tests": WARNED}),
    ("only a duration measured", "staging", {"tests": {"duration_seconds": 3.5}}, {}, {"tests": NOT_RUN}),
    ("a minimum of 0 needs no number", "production", {"tests": {"total_tests": 20, "passed_tests": 20}},
     {"required_gates": ["tests"], "thresholds": {"min_code_coverage": 0}}, {"tests": PASSED}),
    ("0.1 + 0.2 is not 0.3, but 0.3 is", "staging", {"model": _QUALITY | {"quality_score": 0.3}},
     {"thresholds": {"min_quality_score": 0.3}}, {"model_quality": PASSED}),
    ("quality below the minimum", "staging", {"model": _QUALITY | {"quality_score": 0.6999}}, {},
     {"model_quality": BLOCKED}),
    ("a loss of exactly 5 percent", "staging",
     {"model": _QUALITY | {"quality_score": 0.76, "baseline_quality_score": 0.8}}, {}, {"model_quality": PASSED}),
    ("a loss of more", "staging", {"model": _QUALITY | {"quality_score": 0.7599, "baseline_quality_score": 0.8}}, {},
     {"model_quality": BLOCKED}),
    ("an improvement is no regression", "production",
     {"model": _QUALITY | {"quality_score": 1, "baseline_quality_score": 0.5}}, {"required_gates": ["model_quality"]},
     {"model_quality": PASSED}),
    ("20 percent slower, allowed", "staging", {"model": _QUALITY | {"latency_ms": 120, "baseline_latency_ms": 100}},
     {}, {"model_quality": PASSED}),
    ("slower than allowed", "staging", {"model": _QUALITY | {"latency_ms": 120.01, "baseline_latency_ms": 100}}, {},
     {"model_quality": BLOCKED}),
    ("latency missing, baseline there", "staging", {"model": _QUALITY | {"baseline_latency_ms": 100}}, {},
     {"model_quality": WARNED}),
    ("latency missing, baseline there, evidence required", "production",
     {"model": _QUALITY | {"baseline_latency_ms": 100}}, {"required_gates": ["model_quality"]},
     {"model_quality": BLOCKED}),
    ("a baseline of 0 is not comparable", "staging",
     {"model": _QUALITY | {"latency_ms": 1, "baseline_latency_ms": 0}}, {}, {"model_quality": WARNED}),
    ("latency without baseline", "production", {"model": _QUALITY | {"latency_ms": 1e6}},
     {"required_gates": ["model_quality"]}, {"model_quality": PASSED}),
    ("15 percent more memory, allowed", "staging",
     {"model": _QUALITY | {"memory_mb": 115, "baseline_memory_mb": 100}}, {}, {"model_quality": PASSED}),
    ("more memory than allowed", "staging", {"model": _QUALITY | {"memory_mb": 115.1, "baseline_memory_mb": 100}}, {},
     {"model_quality": BLOCKED}),
    ("throughput too low", "staging", {"model": _QUALITY | {"throughput_tokens_per_sec": 9.99}}, {},
     {"model_quality": BLOCKED}),
    ("throughput not measured", "staging", {"model": {"quality_score": 0.9}}, {}, {"model_quality": WARNED}),
    ("a breach beats a missing number", "staging", {"model": {"quality_score": 0.1}}, {}, {"model_quality": BLOCKED}),
    ("an empty model object", "staging", {"model": {}}, {}, {"model_quality": NOT_RUN}),
    ("critical", "staging", {"security": _CLEAN | {"critical_vulnerabilities": 1}}, {}, {"security": BLOCKED}),
    ("high", "staging", {"security": _CLEAN | {"high_vulnerabilities": 3}}, {}, {"security": REFUSED}),
    ("high in production", "production", {"security": _CLEAN | {"high_vulnerabilities": 1}},
     {"required_gates": ["security"]}, {"security": REFUSED}),
    ("medium in staging", "staging", {"security": _CLEAN | {"medium_vulnerabilities": 11}}, {}, {"security": WARNED}),
    ("medium in production", "production", {"security": _CLEAN | {"medium_vulnerabilities": 3}},
     {"required_gates": ["security"]}, {"security": FAILED}),
    ("medium in production and high", "production",
     {"security": _CLEAN | {"medium_vulnerabilities": 3, "high_vulnerabilities": 1}},
     {"required_gates": ["security"]}, {"security": FAILED}),
    ("critical and high", "staging",
     {"security": _CLEAN | {"critical_vulnerabilities": 1, "high_vulnerabilities": 9}}, {}, {"security": BLOCKED}),
    ("unknown severity in staging", "staging", {"security": _CLEAN | {"unknown_vulnerabilities": 1}}, {},
     {"security": WARNED}),
    ("unknown severity in production", "production", {"security": _CLEAN | {"unknown_vulnerabilities": 1}},
     {"required_gates": ["security"]}, {"security": FAILED}),
    ("low ones never matter", "production", {"security": _CLEAN | {"low_vulnerabilities": 999}},
     {"required_gates": ["security"]}, {"security": PASSED}),
    ("high not measured", "staging", {"security": {"critical_vulnerabilities": 0, "medium_vulnerabilities": 0}}, {},
     {"security": WARNED}),
    ("high not measured, evidence required", "production",
     {"security": {"critical_vulnerabilities": 0, "medium_vulnerabilities": 0}}, {"required_gates": ["security"]},
     {"security": FAILED}),
    ("a scan without counts", "staging", {"security": {"scan_tool": "trivy"}}, {}, {"security": NOT_RUN}),
    ("development is lenient", "development",
     {"tests": {"total_tests": 10, "passed_tests": 8, "coverage_percent": 60},
      "security": _CLEAN | {"critical_vulnerabilities": 1}},
     {}, {"tests": PASSED, "security": PASSED}),
    ("only a number that no threshold judges", "staging", {"model": {"perplexity": 7.25}}, {},
     {"model_quality": NOT_RUN}),
    ("only the number of tests", "staging", {"tests": {"total_tests": 20}}, {}, {"tests": NOT_RUN}),
    ("all skipped, nothing said of passed ones", "staging", {"tests": {"total_tests": 5, "skipped_tests": 5}}, {},
     {"tests": BLOCKED}),
    ("only low vulnerabilities counted", "staging", {"security": {"low_vulnerabilities": 3}}, {},
     {"security": NOT_RUN}),
)  # fmt: skip


# The same under `gates/2` with `allow_unknown_severities`
_ALLOWING: tuple[Case, ...] = (
    ("unknown severity in production", "production", {"security": _CLEAN | {"unknown_vulnerabilities": 9}},
     {"required_gates": ["security"]}, {"security": WARNED}),
    ("and a medium one too many", "production",
     {"security": _CLEAN | {"medium_vulnerabilities": 3, "unknown_vulnerabilities": 1}},
     {"required_gates": ["security"]}, {"security": FAILED}),
    ("only unknown ones counted", "production", {"security": {"unknown_vulnerabilities": 1}},
     {"required_gates": ["security"]}, {"security": FAILED}),
    ("none", "production", {"security": _CLEAN | {"unknown_vulnerabilities": 0}}, {"required_gates": ["security"]},
     {"security": PASSED}),
    ("in staging as ever", "staging", {"security": _CLEAN | {"unknown_vulnerabilities": 1}}, {}, {"security": WARNED}),
    ("other gates as ever", "staging", {"tests": _TESTS | {"coverage_percent": 79.99}}, {}, {"tests": BLOCKED}),
)  # fmt: skip


def unknown_severities() -> dict[str, Any]:
    """Return the file `values/unknown_severities.json`."""
    cases = [_case(case) for case in _ALLOWING]
    return {"rules": "gates/2", "allow_unknown_severities": True, "cases": cases}


def gates() -> dict[str, Any]:
    """Return the file `values/gates.json`."""
    return {"rules": "gates/1", "cases": [_case(case) for case in _CASES]}


def _case(case: Case) -> dict[str, Any]:
    name, profile, metrics, changes, expected = case
    production = profile == "production"
    thresholds = default_thresholds(DeploymentContext(profile)).to_dict() | changes.get("thresholds", {})
    checks = [{"gate": gate, "status": status, "passed": passed} for gate, (status, passed) in expected.items()]
    passed = bool(checks) and all(check["passed"] for check in checks)
    return {
        "name": name,
        "profile": profile,
        "required_gates": changes.get("required_gates", list(_ALL) if production else []),
        "require_evidence": production,
        "thresholds": thresholds,
        "metrics": metrics,
        "checks": checks,
        "outcome": "passed" if passed else "failed",
    }
