"""CycloneDX JSON: vulnerabilities by component; a list of components alone is no scan."""

from typing import Any

import pytest

from tests.unit.formats.scans import V3_HIGH, V4_LOW, counts, listed, metrics_of, refuse, scan


def _report(*vulnerabilities: Any, tools: Any = None, **more: Any) -> dict[str, Any]:
    metadata = {"timestamp": "2026-01-01T00:00:00Z", "tools": tools}
    return {"bomFormat": "CycloneDX", "metadata": metadata, "vulnerabilities": list(vulnerabilities), **more}


def _vulnerability(*ratings: Any, name: str = "CVE-1", **more: Any) -> dict[str, Any]:
    return {"id": name, "ratings": list(ratings), **more}


@pytest.mark.parametrize(
    ("ratings", "expected"),
    [
        ([{"severity": "low"}, {"severity": "critical"}], (1, 0, 0, 0, 0)),
        ([{"severity": "medium", "score": 9.8, "method": "CVSSv31"}], (0, 0, 1, 0, 0)),
        ([{"severity": "info"}], (0, 0, 0, 1, 0)),
        ([{"severity": "none", "score": 7.5, "method": "CVSSv3"}], (0, 1, 0, 0, 0)),
        ([{"score": 9.8}], (1, 0, 0, 0, 0)),
        ([{"score": 9.8, "method": "OWASP"}], (0, 0, 0, 0, 1)),
        ([{"vector": V3_HIGH}], (0, 1, 0, 0, 0)),
        ([{"vector": V3_HIGH.removeprefix("CVSS:3.1/"), "method": "CVSSv31"}], (0, 1, 0, 0, 0)),
        ([{"vector": V4_LOW.removeprefix("CVSS:4.0/"), "method": "CVSSv4"}], (0, 0, 0, 1, 0)),
        ([{"vector": "AV:N/AC:L/Au:N/C:P/I:N/A:N", "method": "CVSSv2"}], (0, 0, 1, 0, 0)),
        ([{"vector": "odd", "method": "CVSSv3"}], (0, 0, 0, 0, 1)),
        ([{"severity": "unknown"}], (0, 0, 0, 0, 1)),
        ([], (0, 0, 0, 0, 1)),
    ],
)
def test_severity(ratings: list[Any], expected: tuple[int, ...]) -> None:
    assert counts(scan(_report(_vulnerability(*ratings)))) == expected


def test_each_affected_component_counts() -> None:
    high = {"severity": "high"}
    found = scan(
        _report(
            _vulnerability(high, affects=[{"ref": "a"}, {"ref": "b"}, {"ref": "a"}]),
            _vulnerability(high, name="CVE-2", affects=[]),
            _vulnerability(high, name="CVE-3"),
        )
    )
    assert listed(found) == [("CVE-1", "high", 2), ("CVE-2", "high", 1), ("CVE-3", "high", 1)]
    assert found.format == "cyclonedx"
    assert metrics_of(found).scan_timestamp == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize("state", ["not_affected", "false_positive", "resolved", "resolved_with_pedigree"])
def test_what_is_analysed_as_harmless_is_told_and_not_counted(state: str) -> None:
    harmless = _vulnerability({"severity": "critical"}, analysis={"state": state}, affects=[{"ref": "a"}, {"ref": "b"}])
    found = scan(_report(harmless))
    assert counts(found) == (0, 0, 0, 0, 0)
    assert found.notes == ("2 findings are analysed as harmless and not counted",)


@pytest.mark.parametrize("analysis", [{"state": "in_triage"}, {"state": "exploitable"}, {"state": ["odd"]}, {}, None])
def test_anything_else_counts(analysis: Any) -> None:
    assert counts(scan(_report(_vulnerability({"severity": "critical"}, analysis=analysis)))) == (1, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("tools", "told"),
    [
        ([{"vendor": "anchore", "name": "grype", "version": "0.41.0"}], "grype 0.41.0"),
        ({"components": [{"name": "a"}, {"name": "b", "version": "2"}, {"version": "3"}]}, "a+b 2"),
        ({}, "CycloneDX"),
        (None, "CycloneDX"),
    ],
)
def test_tools(tools: Any, told: str) -> None:
    assert metrics_of(scan(_report(_vulnerability(), tools=tools))).scan_tool == told


GRYPE = {"components": [{"name": "grype", "version": "0.90.0"}]}


def test_grype_that_found_nothing_among_components_is_clean() -> None:
    found = scan(_report(tools=GRYPE, components=[{"name": "a"}]))
    assert counts(found) == (0, 0, 0, 0, 0)
    assert metrics_of(found).scan_tool == "grype 0.90.0"


@pytest.mark.parametrize(
    ("report", "fault"),
    [
        (
            {"bomFormat": "CycloneDX", "components": [{}]},
            r"\$\.vulnerabilities: is missing: a list of components alone",
        ),
        (_report(tools=GRYPE), r"\$\.components: is empty, so nothing was looked at"),
        (
            _report(components=[{"name": "a"}]),
            r"\$\.vulnerabilities: is empty, and tools write that without a scan too",
        ),
        (
            _report(tools=[{"name": "trivy"}], components=[{"name": "a"}]),
            r"\$\.vulnerabilities: is empty, and tools write that without a scan too",
        ),
    ],
)
def test_what_is_no_scan_is_refused(report: dict[str, Any], fault: str) -> None:
    refuse(report, fault)


@pytest.mark.parametrize(
    ("report", "fault"),
    [
        (_report(3), r"\$\.vulnerabilities\[0\]: must be an object"),
        (_report() | {"vulnerabilities": {"a": 1}}, r"\$\.vulnerabilities: must be a list"),
        (_report({"ratings": {}}), r"\$\.vulnerabilities\[0\]\.ratings: must be a list"),
        (_report(_vulnerability({"severity": 3})), r"\$\.vulnerabilities\[0\]\.ratings\[0\]\.severity: must be text"),
        (_report(_vulnerability({"score": 98})), r"\$\.vulnerabilities\[0\]\.ratings\[0\]\.score: is 98, which is not"),
        (_report(_vulnerability(analysis=[])), r"\$\.vulnerabilities\[0\]\.analysis: must be an object"),
        (_report(_vulnerability(affects=[{}])), r"\$\.vulnerabilities\[0\]\.affects\[0\]\.ref: is missing"),
        (_report(_vulnerability(), tools=3), r"\$\.metadata\.tools: must be a list"),
    ],
)
def test_other_shapes_are_refused_with_their_field(report: dict[str, Any], fault: str) -> None:
    refuse(report, fault)


def test_another_kind_of_bill_is_not_taken_for_it() -> None:
    refuse({"bomFormat": "SPDX"}, "is of no known format")
