"""Detection: by content, one format only, and the right flag."""

import pytest

from gitgates.errors import InputFileError
from gitgates.formats.base import Format, Reading, Role
from gitgates.formats.detect import read
from gitgates.formats.registry import FORMATS
from gitgates.model.metrics import TestMetrics

TESTS = b'{"total_tests": 1}'
MODEL = b'{"quality_score": 0.5}'
SECURITY = b'{"high_vulnerabilities": 1}'
COVERAGE = b'{"meta": {}, "totals": {"percent_covered": 50}}'
TRIVY = b'{"SchemaVersion": 2, "Results": []}'


@pytest.mark.parametrize(
    ("role", "data", "name", "flag"),
    [
        (Role.MODEL, TESTS, "native JSON of test metrics", "--test-metrics"),
        (Role.SECURITY, TESTS, "native JSON of test metrics", "--test-metrics"),
        (Role.TESTS, MODEL, "native JSON of model metrics", "--metrics or --baseline"),
        (Role.TESTS, SECURITY, "native JSON of a security scan", "--security-scan"),
        (Role.MODEL, COVERAGE, "coverage.py JSON", "--test-metrics"),
        (Role.TESTS, TRIVY, "Trivy JSON", "--security-scan"),
        (Role.SECURITY, b"<testsuites/>", "JUnit XML", "--test-metrics"),
    ],
)
def test_wrong_flag_is_told_from_a_wrong_file(role: Role, data: bytes, name: str, flag: str) -> None:
    with pytest.raises(InputFileError) as caught:
        read(role, "f", data)
    assert caught.value.message.startswith(f"f: is {name}, which says nothing about")
    assert caught.value.remedy == f"Give it with {flag}"


def test_ambiguity_lists_the_candidates() -> None:
    def read_nothing(document: object) -> Reading:
        raise AssertionError("a format was picked")

    other = Format("other", "Other tests", (Role.TESTS,), lambda document: True, read_nothing)
    with pytest.raises(
        InputFileError, match=r"any of: native JSON of test metrics \(native-tests\), Other tests \(other\)"
    ):
        read(Role.TESTS, "f", TESTS, (*FORMATS, other))


def test_a_further_format_needs_no_change_elsewhere() -> None:
    found = Reading("f", "other", TestMetrics(1))
    other = Format("other", "Other tests", (Role.TESTS,), lambda document: True, lambda document: found)
    assert read(Role.TESTS, "f", b"{}", (*FORMATS, other)) is found


def test_unknown_file_names_the_known_formats_of_the_role() -> None:
    with pytest.raises(InputFileError) as caught:
        read(Role.SECURITY, "f", b'{"foo": 1}')
    assert caught.value.remedy == "Known are: native JSON of a security scan (native-security), Trivy JSON (trivy)"


def test_format_names_are_distinct() -> None:
    assert len({item.name for item in FORMATS}) == len(FORMATS)
