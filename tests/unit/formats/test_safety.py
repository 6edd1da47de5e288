"""Safety JSON, of `check` and of `scan`: severities where there are any, and no package is no clean scan."""

from typing import Any

import pytest

from tests.unit.formats.scans import V2_MEDIUM, V3_HIGH, counts, listed, metrics_of, refuse, scan


def _check(*vulnerabilities: Any, packages: Any = 3, **more: Any) -> dict[str, Any]:
    meta = {"packages_found": packages, "safety_version": "3.2.0", "timestamp": "2026-01-01 00:00:00"}
    return {"report_meta": meta, "vulnerabilities": list(vulnerabilities), "ignored_vulnerabilities": [], **more}


def _vulnerability(severity: Any, name: str = "25853", **more: Any) -> dict[str, Any]:
    return {"vulnerability_id": name, "ignored": False, "severity": severity, **more}


@pytest.mark.parametrize(
    ("severity", "expected"),
    [
        ({"cvssv3": {"base_severity": "HIGH", "base_score": 9.9}}, (0, 1, 0, 0, 0)),
        ({"cvssv3": {"base_score": 9.9, "vector_string": V3_HIGH}}, (1, 0, 0, 0, 0)),
        ({"cvssv3": {"vector_string": V3_HIGH}, "cvssv2": {"base_score": 1.0}}, (0, 1, 0, 0, 0)),
        ({"cvssv3": None, "cvssv2": {"vector_string": V2_MEDIUM}}, (0, 0, 1, 0, 0)),
        ({"cvssv3": {}, "cvssv2": None}, (0, 0, 0, 0, 1)),
        (None, (0, 0, 0, 0, 1)),
    ],
)
def test_severity_of_check(severity: Any, expected: tuple[int, ...]) -> None:
    assert counts(scan(_check(_vulnerability(severity)))) == expected


def test_each_vulnerability_counts_and_ignored_ones_are_told() -> None:
    ignored = _vulnerability(None, "3", ignored=True)
    found = scan(_check(*[_vulnerability(None, name) for name in "122"], ignored, ignored_vulnerabilities=[ignored]))
    assert listed(found) == [("1", "unknown", 1), ("2", "unknown", 2)]
    assert found.notes == ("2 findings are ignored and not counted",)
    assert (found.format, metrics_of(found).scan_tool) == ("safety", "safety 3.2.0")


def test_clean_check() -> None:
    assert counts(scan(_check())) == (0, 0, 0, 0, 0)


@pytest.mark.parametrize("packages", [0, 0.0])
def test_check_of_nothing_is_not_clean(packages: Any) -> None:
    refuse(_check(packages=packages), r"\$\.report_meta\.packages_found: is 0 or missing: no package was looked at")


def test_more_claimed_than_listed_is_refused() -> None:
    report = _check(_vulnerability(None))
    report["report_meta"]["vulnerabilities_found"] = 1
    assert counts(scan(report)) == (0, 0, 0, 0, 1)
    report["report_meta"]["vulnerabilities_found"] = 2
    refuse(report, r"\$\.report_meta\.vulnerabilities_found: is 2, but 1 are listed")


def _scan(*files: Any, system: Any = ()) -> dict[str, Any]:
    meta = {"scan_type": "scan", "timestamp": "2026-01-01", "telemetry": {"safety_version": "3.7"}}
    return {"meta": meta, "scan_results": {"files": list(system), "projects": [{"id": "p", "files": list(files)}]}}


def _file(*vulnerabilities: Any) -> dict[str, Any]:
    specification = {"raw": "a==1", "vulnerabilities": {"known_vulnerabilities": list(vulnerabilities)}}
    return {"location": "r.txt", "results": {"dependencies": [{"name": "a", "specifications": [specification]}]}}


def test_scan_tells_no_severities() -> None:
    ignored = {"id": "2", "ignored": {"code": "manual", "reason": None}}
    found = scan(_scan(_file({"id": "1"}, ignored), _file({"id": "1"}), system=[_file({"id": "3"})]))
    assert counts(found) == (0, 0, 0, 0, 3)
    assert listed(found) == [("1", "unknown", 2), ("3", "unknown", 1)]
    assert found.notes == ("1 findings are ignored and not counted", "safety scan tells no severities")
    assert metrics_of(found).scan_tool == "safety 3.7"


def test_clean_scan_lists_its_files() -> None:
    found = scan(_scan({"location": "r.txt", "results": {"dependencies": []}}))
    assert counts(found) == (0, 0, 0, 0, 0)
    assert found.notes == ()
    refuse(_scan(), r"\$\.scan_results: lists no file, so nothing was looked at")


DEPENDENCY = r"\$\.scan_results\.projects\[0\]\.files\[0\]\.results\.dependencies"


@pytest.mark.parametrize(
    ("report", "fault"),
    [
        (_check(3), r"\$\.vulnerabilities\[0\]: must be an object"),
        (_check(_vulnerability("high")), r"\$\.vulnerabilities\[0\]\.severity: must be an object"),
        (
            _check(_vulnerability({"cvssv3": {"base_score": 11}})),
            r"\$\.vulnerabilities\[0\]\.severity\.cvssv3\.base_score: is 11, which is not in 0\.\.10",
        ),
        (_check(packages="3"), r"\$\.report_meta\.packages_found: must be a whole number"),
        (_check() | {"vulnerabilities": None}, r"\$\.vulnerabilities: is missing"),
        (_scan({}), r"\$\.scan_results\.projects\[0\]\.files\[0\]\.results: is missing"),
        (_scan({"results": {}}), rf"{DEPENDENCY}: is missing"),
        (_scan({"results": {"dependencies": [{}]}}), rf"{DEPENDENCY}\[0\]\.specifications: is missing"),
        (
            _scan({"results": {"dependencies": [{"specifications": [{"vulnerabilities": {}}]}]}}),
            rf"{DEPENDENCY}\[0\]\.specifications\[0\]\.vulnerabilities\.known_vulnerabilities: is missing",
        ),
    ],
)
def test_other_shapes_are_refused_with_their_field(report: dict[str, Any], fault: str) -> None:
    refuse(report, fault)
