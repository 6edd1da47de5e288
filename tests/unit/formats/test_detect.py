"""Detection: by content, one format only, and the right flag."""

import subprocess
import sys
from pathlib import Path

import attr
import pytest

from gitgates.errors import InputFileError
from gitgates.formats.base import Format, Reading, Role
from gitgates.formats.detect import read
from gitgates.formats.registry import FORMATS, Entry
from gitgates.model.metrics import TestMetrics
from tests.support import CHECKOUT

LIBRARIES = {"PYTHONPATH": f"{CHECKOUT}:{Path(attr.__file__ or '').parent.parent}"}
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
    def read_nothing(document: object, options: object) -> Reading:
        raise AssertionError("a format was picked")

    other = Format("other", "Other tests", (Role.TESTS,), lambda document: True, read_nothing)
    with pytest.raises(
        InputFileError, match=r"any of: native JSON of test metrics \(native-tests\), Other tests \(other\)"
    ):
        read(Role.TESTS, "f", TESTS, formats=(*FORMATS, other))


def test_a_further_format_needs_no_change_elsewhere() -> None:
    found = Reading("f", "other", TestMetrics(1))
    other = Format("other", "Other tests", (Role.TESTS,), lambda document: True, lambda document, options: found)
    assert read(Role.TESTS, "f", b"{}", formats=(*FORMATS, other)) is found


def test_unknown_file_names_the_known_formats_of_the_role() -> None:
    with pytest.raises(InputFileError) as caught:
        read(Role.SECURITY, "f", b'{"foo": 1}')
    known = [f"{row.title} ({row.name})" for row in FORMATS if Role.SECURITY in row.roles]
    assert caught.value.remedy == f"Known are: {', '.join(known)}"
    assert {"Trivy JSON (trivy)", "SARIF 2.1.0 (sarif)"} <= set(known)


def test_format_names_are_distinct() -> None:
    assert len({item.name for item in FORMATS}) == len(FORMATS)


@pytest.mark.parametrize("row", FORMATS, ids=[row.name for row in FORMATS])
def test_a_row_says_what_its_module_says(row: Entry) -> None:
    loaded = row.load()
    assert (loaded.name, loaded.title, loaded.roles) == (row.name, row.title, row.roles)
    assert row.syntax in {"json", "xml", "text", "folder"}


@pytest.mark.parametrize(
    ("data", "read_by"),
    [
        (TESTS, "native"),
        (b"<testsuite/>", "junit"),
        (b"SF:a\nDA:1,1\nend_of_record\n", "lcov"),
        (COVERAGE.replace(b"50", b'50, "covered_lines": 1, "num_statements": 2'), "coverage_json"),
    ],
)
def test_only_modules_whose_row_fits_are_imported(data: bytes, read_by: str) -> None:
    """Start-up is most of what a command costs."""
    script = (
        f"import sys\nfrom gitgates.formats.detect import Role, read\nread(Role.TESTS, 'f', {data!r})\n"
        "from gitgates.formats.registry import FORMATS\n"
        "print(*{row.module.partition(':')[0] for row in FORMATS if 'gitgates.formats.' + row.module.partition(':')[0] "
        "in sys.modules})\nassert 'importlib.metadata' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-S", "-c", script], capture_output=True, text=True, env=LIBRARIES)
    assert done.stderr == ""
    # Formats without a mark, such as native JSON, are asked whatever the keys are.
    unmarked = {row.module.partition(":")[0] for row in FORMATS if not row.marks and row.syntax == "json"}
    asked = set(done.stdout.split())
    assert read_by in asked
    assert asked <= {read_by} | unmarked


def test_the_page_lists_every_format() -> None:
    page = (CHECKOUT / "docs/reference/formats.md").read_text()
    table = [line for line in page.splitlines() if line.startswith("| ") and "--" in line and " `--" in line]
    listed = [tuple(cell.strip() for cell in line.split("|")[1:4]) for line in table]
    flags = {
        Role.TESTS: "`--test-metrics`",
        Role.MODEL: "`--metrics`, `--baseline`",
        Role.SECURITY: "`--security-scan`",
    }
    expected = [(row.title, f"`{row.name}`", ", ".join(flags[role] for role in row.roles)) for row in FORMATS]
    assert sorted(listed) == sorted(expected)


def test_text_of_no_format() -> None:
    with pytest.raises(InputFileError, match="of no known format for --test-metrics: text that begins with 'TN:"):
        read(Role.TESTS, "f", b"TN:\nPASSED 12")
