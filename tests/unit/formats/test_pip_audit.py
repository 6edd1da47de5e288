"""pip-audit JSON: no severities, and what was skipped was not audited."""

from typing import Any

import pytest

from tests.unit.formats.scans import counts, listed, metrics_of, refuse, scan


def _clean(name: str) -> dict[str, Any]:
    return {"name": name, "version": "1", "vulns": []}


def _skipped(name: str) -> dict[str, Any]:
    return {"name": name, "skip_reason": "Dependency not found on PyPI"}


def _vulnerable(name: str, *ids: str) -> dict[str, Any]:
    return {"name": name, "version": "1", "vulns": [{"id": one, "fix_versions": []} for one in ids]}


def test_clean_audit() -> None:
    found = scan({"dependencies": [_clean("a"), _clean("b")], "fixes": []})
    assert counts(found) == (0, 0, 0, 0, 0)
    assert found.notes == ()
    assert (found.format, metrics_of(found).scan_tool) == ("pip-audit", "pip-audit")


def test_each_vulnerability_of_each_dependency_is_unknown() -> None:
    found = scan({"dependencies": [_vulnerable("a", "PYSEC-1", "PYSEC-2"), _vulnerable("b", "PYSEC-1")]})
    assert counts(found) == (0, 0, 0, 0, 3)
    assert listed(found) == [("PYSEC-1", "unknown", 2), ("PYSEC-2", "unknown", 1)]
    assert found.notes == ("pip-audit tells no severities",)


def test_skipped_dependencies_are_told() -> None:
    some = [_skipped(name) for name in "vwxyz"]
    assert scan({"dependencies": [_clean("a"), *some]}).notes == (
        "5 of 6 dependencies were not audited: v, w, x and 2 more",
    )
    assert scan({"dependencies": [_clean("a"), some[0]]}).notes == ("1 of 2 dependencies were not audited: v",)


@pytest.mark.parametrize(
    ("dependencies", "why"),
    [([], "there is no dependency"), ([_skipped("a"), _skipped("b")], "every dependency has a skip_reason")],
)
def test_audit_of_nothing_is_not_clean(dependencies: list[Any], why: str) -> None:
    refuse({"dependencies": dependencies, "fixes": []}, rf"\$\.dependencies: {why}, so nothing was audited")


@pytest.mark.parametrize(
    ("dependency", "fault"),
    [
        ("a", r"\$\.dependencies\[0\]: must be an object"),
        ({"version": "1", "vulns": []}, r"\$\.dependencies\[0\]\.name: is missing"),
        ({"name": "a", "version": "1"}, r"\$\.dependencies\[0\]\.vulns: is missing"),
        ({"name": "a", "vulns": [3]}, r"\$\.dependencies\[0\]\.vulns\[0\]: must be an object"),
    ],
)
def test_other_shapes_are_refused_with_their_field(dependency: Any, fault: str) -> None:
    refuse({"dependencies": [dependency]}, fault)


@pytest.mark.parametrize("report", [{"dependencies": {}}, {"dependencies": [], "scanInfo": {}}, {"fixes": []}])
def test_other_tools_files_are_not_taken_for_it(report: dict[str, Any]) -> None:
    refuse(report, "is of no known format")
