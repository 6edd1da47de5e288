"""OSV-Scanner JSON: one finding a group, the worst of what its databases tell, and no silent scan of nothing."""

from typing import Any

import pytest

from tests.unit.formats.scans import V2_MEDIUM, V3_CRITICAL, V3_HIGH, counts, listed, refuse, scan


def _report(*packages: Any) -> dict[str, Any]:
    return {"results": [{"source": {"path": "a.lock"}, "packages": list(packages)}]}


def _package(vulnerabilities: Any = None, groups: Any = None) -> dict[str, Any]:
    told = {"vulnerabilities": vulnerabilities, "groups": groups}
    return {
        "package": {"name": "p", "version": "1"},
        **{key: value for key, value in told.items() if value is not None},
    }


def _vulnerability(name: str, *vectors: str, label: Any = None) -> dict[str, Any]:
    severity = [{"type": "CVSS_V3", "score": vector} for vector in vectors]
    own = {} if label is None else {"database_specific": {"severity": label}}
    return {"id": name, "severity": severity, **own}


def _group(*ids: Any, **more: Any) -> dict[str, Any]:
    return {"ids": list(ids), **more}


def test_group_of_aliases_counts_once_with_the_worst_that_is_told() -> None:
    both = [_vulnerability("GHSA-1", V2_MEDIUM), _vulnerability("GO-1", V3_CRITICAL, label="LOW")]
    found = scan(_report(_package(both, [_group("GHSA-1", "GO-1", max_severity="7.5")])))
    assert counts(found) == (1, 0, 0, 0, 0)
    assert listed(found) == [("GHSA-1", "critical", 1)]
    assert found.format == "osv-scanner"


def test_one_vulnerability_in_two_packages_counts_twice() -> None:
    package = _package([_vulnerability("GHSA-1", V3_HIGH)], [_group("GHSA-1")])
    assert listed(scan(_report(package, package))) == [("GHSA-1", "high", 2)]


@pytest.mark.parametrize("empty", [{}, {"max_severity": ""}, {"max_severity": None}])
def test_empty_max_severity_tells_nothing(empty: dict[str, Any]) -> None:
    assert counts(scan(_report(_package([_vulnerability("CVE-1")], [_group("CVE-1", **empty)])))) == (0, 0, 0, 0, 1)
    labelled = _package([_vulnerability("CVE-1", label="MODERATE")], [_group("CVE-1", **empty)])
    assert counts(scan(_report(labelled))) == (0, 0, 1, 0, 0)


def test_max_severity_counts_where_the_vulnerabilities_tell_nothing() -> None:
    assert counts(scan(_report(_package([_vulnerability("A-1")], [_group("A-1", max_severity="9.8")])))) == (
        1,
        0,
        0,
        0,
        0,
    )
    assert listed(scan(_report(_package(groups=[_group("A-1", max_severity="4.0")])))) == [("A-1", "medium", 1)]


def test_vulnerability_in_no_group_counts_alone_and_a_repeated_id_once() -> None:
    told = [
        _vulnerability("A-1", V3_HIGH),
        _vulnerability("A-2"),
        _vulnerability("A-2", V2_MEDIUM),
        _vulnerability("A-2"),
    ]
    assert listed(scan(_report(_package(told, [_group("A-1")])))) == [("A-1", "high", 1), ("A-2", "medium", 1)]


def test_words_of_a_distribution_are_labels() -> None:
    told = {"id": "UBUNTU-1", "severity": [{"type": "Ubuntu", "score": "medium"}]}
    assert counts(scan(_report(_package([told])))) == (0, 0, 1, 0, 0)


@pytest.mark.parametrize("own", [None, {"severity": 7.5}, {"severity": ["HIGH"]}, {"severity": "odd"}, "text"])
def test_what_a_database_adds_of_its_own_may_be_anything(own: Any) -> None:
    assert counts(scan(_report(_package([{"id": "A-1", "database_specific": own}])))) == (0, 0, 0, 0, 1)


def test_packages_without_vulnerabilities_are_a_clean_scan() -> None:
    assert counts(scan(_report(_package(), _package()))) == (0, 0, 0, 0, 0)


@pytest.mark.parametrize("report", [{"results": []}, {"results": [], "experimental_config": {}}, _report()])
def test_no_package_is_no_clean_scan(report: dict[str, Any]) -> None:
    refuse(report, r"\$\.results: names no package.*Run osv-scanner with --all-packages")


PLACE = r"\$\.results\[0\]\.packages\[0\]"


@pytest.mark.parametrize(
    ("report", "fault"),
    [
        ({"results": [{"packages": []}, {"source": {}}]}, r"\$\.results\[1\]\.packages: is missing"),
        (_report(3), rf"{PLACE}: must be an object"),
        (_report(_package([{"severity": []}])), rf"{PLACE}\.vulnerabilities\[0\]\.id: is missing"),
        (
            _report(_package([{"id": "A", "severity": "HIGH"}])),
            rf"{PLACE}\.vulnerabilities\[0\]\.severity: must be a list",
        ),
        (
            _report(_package([{"id": "A", "severity": [{"score": V3_HIGH}]}])),
            rf"{PLACE}\.vulnerabilities\[0\]\.severity\[0\]\.type: is missing",
        ),
        (_report(_package(groups=[{}])), rf"{PLACE}\.groups\[0\]\.ids: is missing"),
        (_report(_package(groups=[_group()])), rf"{PLACE}\.groups\[0\]\.ids: is empty"),
        (_report(_package(groups=[_group(1)])), rf"{PLACE}\.groups\[0\]\.ids\[0\]: must be text"),
        (
            _report(_package(groups=[_group("A", max_severity="98")])),
            rf"{PLACE}\.groups\[0\]\.max_severity: is 98.0, which is not in 0\.\.10",
        ),
    ],
)
def test_other_shapes_are_refused_with_their_field(report: dict[str, Any], fault: str) -> None:
    refuse(report, fault)


@pytest.mark.parametrize("report", [{"results": {}}, {"results": [3], "more": 1}, {"results": [{"name": "x"}]}])
def test_other_tools_files_are_not_taken_for_it(report: dict[str, Any]) -> None:
    refuse(report, "is of no known format")
