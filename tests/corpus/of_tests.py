"""Ground truth of tests and coverage.

The corpus counts elements as they are written. Where the product's rules (docs/reference/formats.md) differ on purpose,
`ON_PURPOSE` has the case, the values, and the reason.
"""

from typing import Any

from gitgates.formats.base import Role
from tests.corpus.rules import Rule


def junit(truth: dict[str, Any]) -> dict[str, Any]:
    return {
        "total_tests": truth["total"],
        "passed_tests": truth["passed"],
        "failed_tests": truth["failed"] + truth["errors"],
        "skipped_tests": truth["skipped"],
        "duration_seconds": _duration(truth),
    }


def _duration(truth: dict[str, Any]) -> float:
    """Return the duration by the product's rule: the root's, else the sum of the suites'."""
    if "duration_root_attr" in truth:
        return float(truth["duration_root_attr"])
    return sum(map(float, truth["duration_top_suites_attr"].split(" + ")))


def json_report(truth: dict[str, Any]) -> dict[str, Any]:
    found = truth["recount"]
    failed = found.get("failed", 0) + found.get("error", 0)
    return {
        "total_tests": truth["summary"]["collected"] + truth["collector_errors"],
        "passed_tests": found["passed"] + found.get("xpassed", 0),
        "failed_tests": failed + truth["collector_errors"],
        "skipped_tests": found["skipped"] + found.get("xfailed", 0),
        "duration_seconds": truth["duration"],
    }


def ctrf(truth: dict[str, Any]) -> dict[str, Any]:
    found = truth["recount"]
    return {
        "total_tests": truth["recount_total"],
        "passed_tests": found["passed"],
        "failed_tests": found["failed"],
        "skipped_tests": found.get("skipped", 0) + found.get("pending", 0),
        "duration_seconds": truth["duration_s"],
    }


def percent(truth: dict[str, Any]) -> dict[str, Any]:
    return {"coverage_percent": truth["percent"]}


def recounted_percent(truth: dict[str, Any]) -> dict[str, Any]:
    """On purpose not 100 times `line-rate`, which is rounded: 94.996 of 100 must not pass for 95."""
    return {"coverage_percent": truth["recount_percent"]}


RULES = {
    "junit-xml": Rule(Role.TESTS, junit),
    "pytest-json-report": Rule(Role.TESTS, json_report),
    "ctrf": Rule(Role.TESTS, ctrf),
    "coverage-json": Rule(Role.TESTS, percent),
    "cobertura-xml": Rule(Role.TESTS, recounted_percent),
    "jacoco-xml": Rule(Role.TESTS, percent),
    "lcov": Rule(Role.TESTS, percent),
}

ON_PURPOSE: dict[str, dict[str, Any]] = {
    # The build error of a package stands in the root's header only; it is a failed test, not a clean run.
    "junit-xml/gotestsum-junit.xml": {"total_tests": 9, "failed_tests": 4},
    # An error outside any testcase is a failed test.
    "junit-xml/junit-plugin--junit-report-nested-testsuites.xml": {"total_tests": 3, "failed_tests": 1},
    # pytest's reruns are extra cases without children, which look passed; each counts with its test.
    "junit-xml/syn1-junit.xml": {"total_tests": 17, "passed_tests": 8},
    # A test that was run again and passed has the outcome "rerun"; it is passed.
    "pytest-json-report/syn1-json-report.json": {"passed_tests": 8},
    # jest's todo has the status "other"; it was not meant to run, so it is skipped.
    "ctrf/jest-ctrf.json": {"skipped_tests": 2},
}

REFUSED: dict[str, str] = {}
