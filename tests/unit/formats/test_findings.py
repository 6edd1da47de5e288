"""What the formats of security scans share."""

from collections.abc import Callable

import pytest

from gitgates.formats import (
    bandit,
    cyclonedx,
    grype,
    npm_audit,
    osv_scanner,
    pip_audit,
    safety,
    sarif,
    semgrep,
    trivy,
)
from gitgates.formats.document import Document, JsonDocument, TextDocument
from gitgates.formats.findings import Findings, rated, short_text
from tests.unit.formats.scans import counts, listed

FORMATS = (bandit, cyclonedx, grype, npm_audit, osv_scanner, pip_audit, safety, sarif, semgrep, trivy)


@pytest.mark.parametrize("matches", [module.matches for module in FORMATS], ids=[module.NAME for module in FORMATS])
@pytest.mark.parametrize(
    "document", [JsonDocument("a", []), JsonDocument("a", {}), JsonDocument("a", None), TextDocument("a", "TN:\n")]
)
def test_no_format_matches_what_has_none_of_its_keys(matches: Callable[[Document], bool], document: Document) -> None:
    assert matches(document) is False


def test_findings_up_to_a_number_have_no_id() -> None:
    found = Findings(JsonDocument("a", {}))
    found.add("CVE-1", "high")
    assert [found.at_least("high", number) for number in (0, 1, 3, 2)] == [0, 0, 2, 0]
    reading = found.reading("x", "tool")
    assert counts(reading) == (0, 3, 0, 0, 0)
    assert listed(reading) == [("CVE-1", "high", 1)]


def test_first_known_severity_counts() -> None:
    assert rated("unknown", "low", "high") == "low"
    assert rated("unknown") == rated() == "unknown"


@pytest.mark.parametrize("value", ["x" * 61, "a\nb", "\x1b[31m", 7, None, {}])
def test_text_that_a_record_should_not_hold_is_left_out(value: object) -> None:
    assert short_text({"a": {"b": value}}, "a", "b") == ""
    assert short_text({"a": {"b": "x" * 60}}, "a", "b") == "x" * 60
    assert short_text(value, "a") == ""
