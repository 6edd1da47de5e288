"""npm audit JSON: npm's own numbers, the higher where they disagree, and an error is no clean audit."""

from typing import Any

import pytest

from tests.unit.formats.scans import V3_HIGH, counts, listed, refuse, scan

GHSA = "https://github.com/advisories/"


def _metadata(dependencies: Any = 5, **found: int) -> dict[str, Any]:
    counted = dict.fromkeys(("info", "low", "moderate", "high", "critical"), 0) | found
    return {
        "vulnerabilities": {**counted, "total": sum(counted.values())},
        "dependencies": {"prod": dependencies, "total": dependencies},
    }


def _report(packages: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any]:
    return {"auditReportVersion": 2, "vulnerabilities": packages, "metadata": metadata}


def _package(severity: Any, *via: Any) -> dict[str, Any]:
    return {"severity": severity, "via": list(via)}


def _advisory(name: str, **more: Any) -> dict[str, Any]:
    return {"url": f"{GHSA}{name}", **more}


def test_each_vulnerable_package_counts_once() -> None:
    packages = {
        "a": _package("high", _advisory("GHSA-a")),
        "b": _package("critical", _advisory("GHSA-b"), _advisory("GHSA-c")),
        "c": _package("moderate", "a"),
        "d": _package("info", {"title": "no url"}),
        "e": _package("low", _advisory("GHSA-e"), "a"),
    }
    found = scan(_report(packages, _metadata(critical=1, high=1, moderate=1, low=1, info=1)))
    assert counts(found) == (1, 1, 1, 2, 0)
    assert found.notes == ()
    assert found.format == "npm-audit"


def test_only_the_id_of_a_sole_advisory_is_listed() -> None:
    """Else a waiver of one id would excuse a package that has other vulnerabilities too."""
    packages = {
        "a": _package("high", _advisory("GHSA-a")),
        "b": _package("high", _advisory("GHSA-a"), _advisory("GHSA-c")),
        "c": _package("high", _advisory("GHSA-d"), "b"),
        "d": _package("high", {"url": "https://elsewhere.example/GHSA-x"}),
    }
    assert listed(scan(_report(packages, _metadata(high=4)))) == [("GHSA-a", "high", 1)]


def test_higher_number_counts_where_metadata_and_the_list_disagree() -> None:
    packages = {"a": _package("low", _advisory("GHSA-a")), "b": _package("low", _advisory("GHSA-b"))}
    found = scan(_report(packages, _metadata(critical=3, low=1)))
    assert counts(found) == (3, 0, 0, 2, 0)
    assert found.notes == ("metadata and the list disagree (critical 3 and 0, low 1 and 2): the higher number counts",)


@pytest.mark.parametrize(
    ("cvss", "expected"),
    [
        ({"score": 3.1, "vectorString": V3_HIGH}, (0, 1, 0, 0, 0)),
        ({"score": 9.8, "vectorString": None}, (1, 0, 0, 0, 0)),
        ({"score": 0, "vectorString": None}, (0, 0, 0, 0, 1)),
        (None, (0, 0, 0, 0, 1)),
    ],
)
def test_package_without_a_known_label(cvss: Any, expected: tuple[int, ...]) -> None:
    packages = {"a": _package("odd", _advisory("GHSA-a", cvss=cvss))}
    assert counts(scan(_report(packages, _metadata()))) == expected


def _old(*advisories: dict[str, Any], dependencies: Any = 5, **found: int) -> dict[str, Any]:
    metadata = _metadata(**found) | {"dependencies": dependencies, "totalDependencies": dependencies}
    return {"actions": [], "advisories": {str(i): item for i, item in enumerate(advisories)}, "metadata": metadata}


def test_npm_6_counts_each_path() -> None:
    paths = [{"version": "1", "paths": ["a>b", "c>b"]}, {"version": "2", "paths": ["d>b"]}]
    found = scan(_old(_advisory("GHSA-a", severity="high", findings=paths), high=3))
    assert counts(found) == (0, 3, 0, 0, 0)
    assert listed(found) == [("GHSA-a", "high", 3)]


def test_npm_6_advisory_without_paths_counts_once_and_by_its_vector() -> None:
    advisory = {"severity": None, "cvss": {"vectorString": V3_HIGH}}
    found = scan(_old(advisory))
    assert counts(found) == (0, 1, 0, 0, 0)
    assert found.notes == ("metadata and the list disagree (high 0 and 1): the higher number counts",)


def test_clean_audit() -> None:
    assert counts(scan(_report({}, _metadata(1)))) == (0, 0, 0, 0, 0)
    assert counts(scan(_old())) == (0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ({"code": "ENOLOCK", "summary": "needs a lockfile", "detail": "x"}, r" \(ENOLOCK: needs a lockfile\)"),
        ({"summary": "", "detail": ""}, ""),
        ({"code": 7, "summary": "a" * 100, "detail": ""}, ""),
    ],
)
def test_error_in_place_of_a_report_is_no_clean_audit(error: dict[str, Any], told: str) -> None:
    refuse({"error": error}, rf"\$\.error: npm audited nothing{told}\. Run")
    refuse({"message": "request failed", "error": error}, rf"\$\.error: npm audited nothing{told}\. Run")
    refuse(_report({}, _metadata()) | {"error": error}, rf"\$\.error: npm audited nothing{told}\. Run")


@pytest.mark.parametrize(
    ("report", "fault"),
    [
        (_report({}, _metadata(0)), r"\$\.metadata\.dependencies\.total: is 0: no dependency was audited"),
        (_old(dependencies=0), r"\$\.metadata\.totalDependencies: is 0: no dependency was audited"),
        (_old(dependencies=None), r"\$\.metadata\.totalDependencies: is missing"),
        ({"auditReportVersion": 2}, r"\$\.metadata: is missing"),
        ({"auditReportVersion": 2, "metadata": _metadata()}, r"\$\.vulnerabilities: is missing"),
        ({"auditReportVersion": 3, "metadata": _metadata()}, r"\$\.auditReportVersion: only 2 is known"),
        (_report({"a": 3}, _metadata()), r"\$\.vulnerabilities\.a: must be an object"),
        (_report({"a": {"severity": 3}}, _metadata()), r"\$\.vulnerabilities\.a\.severity: must be text"),
        (_report({"a": {"severity": "low"}}, _metadata()), r"\$\.vulnerabilities\.a\.via: is missing"),
        (_report({"a": _package("low", 3)}, _metadata()), r"\$\.vulnerabilities\.a\.via\[0\]: must be an object"),
        (_report({}, {"dependencies": {"total": 1}}), r"\$\.metadata\.vulnerabilities: is missing"),
        (_report({}, _metadata(high=-1)), r"\$\.metadata\.vulnerabilities\.high: is negative"),
        (_old({"severity": "low", "findings": [{}]}), r"\$\.advisories\.0\.findings\[0\]\.paths: is missing"),
    ],
)
def test_other_shapes_are_refused_with_their_field(report: dict[str, Any], fault: str) -> None:
    refuse(report, fault)


@pytest.mark.parametrize("report", [{"error": "text"}, {"error": {"code": "x"}}, {"advisories": {}}])
def test_other_tools_files_are_not_taken_for_it(report: dict[str, Any]) -> None:
    refuse(report, "is of no known format")
