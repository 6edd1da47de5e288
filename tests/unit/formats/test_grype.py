"""Grype JSON: matches as listed, vectors where there is no label, and no silent scan of nothing."""

from typing import Any

import pytest

from tests.unit.formats.scans import V2_MEDIUM, V3_CRITICAL, V3_HIGH, counts, listed, metrics_of, refuse, scan


def _report(*matches: Any, **more: Any) -> dict[str, Any]:
    return {"matches": list(matches), "descriptor": {"name": "grype", "version": "0.90.0"}, **more}


def _match(severity: Any, name: str = "CVE-1", *vectors: Any, **more: Any) -> dict[str, Any]:
    cvss = [{"vector": vector} for vector in vectors]
    return {"vulnerability": {"id": name, "severity": severity, "cvss": cvss}, **more}


def test_each_match_counts_with_its_label() -> None:
    found = scan(_report(*map(_match, ["Critical", "High", "Medium", "Low", "Negligible", "High"])))
    assert counts(found) == (1, 2, 1, 2, 0)
    assert listed(found) == [
        ("CVE-1", "critical", 1),
        ("CVE-1", "high", 2),
        ("CVE-1", "low", 2),
        ("CVE-1", "medium", 1),
    ]
    assert found.format == "grype"
    assert metrics_of(found).scan_tool == "grype 0.90.0"


@pytest.mark.parametrize("label", ["Unknown", "", None, "Odd"])
def test_vector_counts_where_there_is_no_label(label: str | None) -> None:
    assert counts(scan(_report(_match(label, "CVE-1", V2_MEDIUM, V3_HIGH)))) == (0, 1, 0, 0, 0)


def test_vectors_of_related_vulnerabilities_count_too() -> None:
    related = [{"id": "CVE-2", "severity": "Critical", "cvss": [{"vector": V3_CRITICAL}]}]
    assert counts(scan(_report(_match("Unknown", "GHSA-1", relatedVulnerabilities=related)))) == (1, 0, 0, 0, 0)


def test_label_beats_the_vector() -> None:
    assert counts(scan(_report(_match("Low", "CVE-1", V3_CRITICAL)))) == (0, 0, 0, 1, 0)


def test_nothing_told_is_unknown() -> None:
    found = scan(_report(_match("Unknown", "CVE-7"), _match(None, "CVE-8", "no vector")))
    assert counts(found) == (0, 0, 0, 0, 2)
    assert listed(found) == [("CVE-7", "unknown", 1), ("CVE-8", "unknown", 1)]


def test_ignored_matches_are_told_and_not_counted() -> None:
    found = scan(_report(ignoredMatches=[_match("Critical"), _match("Low")]))
    assert counts(found) == (0, 0, 0, 0, 0)
    assert found.notes == ("2 findings are ignored and not counted",)


def test_no_match_in_a_distribution_is_clean() -> None:
    found = scan(_report(distro={"name": "alpine", "version": "3.20"}))
    assert counts(found) == (0, 0, 0, 0, 0)
    assert found.notes == ("Grype does not tell which packages it looked at",)


@pytest.mark.parametrize("more", [{}, {"distro": {"name": ""}}, {"distro": None}, {"ignoredMatches": []}])
def test_no_match_and_no_sign_of_a_package_is_no_clean_scan(more: dict[str, Any]) -> None:
    refuse(_report(**more), r"\$\.matches: is empty, and nothing tells that any package was looked at.*cyclonedx-json")


@pytest.mark.parametrize(
    ("database", "where"),
    [
        ({"error": "not found"}, r"\$\.descriptor\.db"),
        ({"status": {"valid": False}}, r"\$\.descriptor\.db\.status"),
        ({"status": {"error": "too old"}}, r"\$\.descriptor\.db\.status"),
    ],
)
def test_broken_database_is_refused(database: dict[str, Any], where: str) -> None:
    report = _report(_match("Low"), descriptor={"name": "grype", "db": database})
    refuse(report, f"{where}: the vulnerability database was not usable")


def test_sound_database_is_not_refused() -> None:
    database = {"error": None, "status": {"valid": True, "error": None}}
    assert counts(scan(_report(_match("Low"), descriptor={"db": database}))) == (0, 0, 0, 1, 0)


@pytest.mark.parametrize(
    ("report", "fault"),
    [
        (_report(7), r"\$\.matches\[0\]: must be an object"),
        (_report({}), r"\$\.matches\[0\]\.vulnerability: is missing"),
        (_report(_match("Low"), _match(3)), r"\$\.matches\[1\]\.vulnerability\.severity: must be text"),
        (_report(_match(None, "x", 3)), r"\$\.matches\[0\]\.vulnerability\.cvss\[0\]\.vector: must be text"),
        (_report() | {"matches": {}}, r"\$\.matches: must be a list"),
        (_report() | {"descriptor": []}, r"\$\.descriptor: must be an object"),
    ],
)
def test_other_shapes_are_refused_with_their_field(report: dict[str, Any], fault: str) -> None:
    refuse(report, fault)
