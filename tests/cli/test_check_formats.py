"""`check` with what tools wrote as it is: which coverage figure is taken, and how many tests must have run."""

import json
from pathlib import Path

import pytest

from tests.cli.project import Project
from tests.support import CHECKOUT

DATA = CHECKOUT / "tests/data/formats"
"""Made by the tools themselves, in a folder of three test files; one of them cannot be imported."""


def _check(project: Project, *args: str | Path) -> tuple[int, str, str]:
    done = project("check", "--model", "veran:v1", "--context", "development", "--no-record", *args)
    return done.code, done.out, done.err


def test_a_test_file_that_cannot_be_loaded_is_told_by_what_was_expected(project: Project) -> None:
    """jest leaves such a file out of JUnit XML, and pytest out of CTRF: what is left has passed."""
    ctrf = {"tool": {"name": "jest"}, "summary": {"tests": 3, "failed": 0}}
    tests = [{"status": "passed"}, {"status": "passed"}, {"status": "skipped"}]
    (project.path / "ctrf.json").write_text(json.dumps({"results": {**ctrf, "tests": tests}}))
    assert _check(project, "--test-metrics", "ctrf.json", "--expect-tests", "2")[0] == 0
    before = project.records()
    code, out, err = _check(project, "--test-metrics", "ctrf.json", "--expect-tests", "3")
    assert (code, out) == (2, "")
    assert err == (
        "gitgates: ctrf.json: tells of 2 tests that ran (1 skipped), and --expect-tests expects at least 3. "
        "Find the tests that are missing, such as a file that failed to load, or expect fewer\n"
    )
    done = project("check", "--model", "veran:v1", "--test-metrics", "ctrf.json", "--expect-tests", "3")
    assert (done.code, project.records()) == (2, before)


def test_expected_tests_are_those_of_all_files_together(project: Project) -> None:
    (project.path / "more.json").write_text(
        '{"total_tests": 8, "passed_tests": 8, "failed_tests": 0, "skipped_tests": 0}'
    )
    both = ("--test-metrics", "junit.xml", "--test-metrics", "more.json")
    assert _check(project, *both, "--expect-tests", "20")[0] == 0
    code, _, err = _check(project, *both, "--expect-tests", "21")
    assert code == 2
    assert (
        "junit.xml + more.json: tells of 20 tests that ran (1 skipped), and --expect-tests expects at least 21" in err
    )


EXPECTATIONS = {
    "no tests": (("--metrics", "metrics-v6.1.json", "--expect-tests", "1"), "--expect-tests is given without"),
    "coverage alone": (("--test-metrics", "coverage.json", "--expect-tests", "1"), "coverage.json: tells of no tests"),
    "none": (("--test-metrics", "junit.xml", "--expect-tests", "0"), "--expect-tests: must be at least 1, got 0"),
    "no number": (("--test-metrics", "junit.xml", "--expect-tests", "all"), "--expect-tests: invalid int value"),
    "coverage of nothing": (("--test-metrics", "junit.xml", "--coverage", "lines"), "--coverage is given, and no file"),
    "coverage without files": (
        ("--metrics", "metrics-v6.1.json", "--coverage", "lines"), "--coverage is given without --test-metrics"
    ),
    "an unknown figure": (("--test-metrics", "coverage.json", "--coverage", "words"), "--coverage: invalid choice"),
}  # fmt: skip


@pytest.mark.parametrize(("args", "fault"), EXPECTATIONS.values(), ids=EXPECTATIONS.keys())
def test_what_cannot_be_held_to_its_word(args: tuple[str, ...], fault: str, project: Project) -> None:
    code, out, err = _check(project, *args)
    assert (code, out) == (2, "")
    assert fault in err


COVERAGE = {
    "coverage.json": {"lines": "66.67%", "branches": "50.00%", "total": "60.00%", None: "60.00%"},
    "coverage.xml": {"lines": "66.67%", "branches": "50.00%", "total": "60.00%", None: "66.67%"},
    "coverage.lcov": {"lines": "66.67%", "branches": "50.00%", "total": "60.00%", None: "66.67%"},
}


@pytest.mark.parametrize("file", COVERAGE)
def test_one_run_gives_the_same_figures_in_each_format_of_coverage_py(file: str, project: Project) -> None:
    for figure, percent in COVERAGE[file].items():
        chosen = () if figure is None else ("--coverage", figure)
        message = _json(project, "--test-metrics", "junit.xml", "--test-metrics", DATA / file, *chosen)
        assert f"coverage {percent}" in message


def _json(project: Project, *args: str | Path) -> str:
    done = project("check", "--model", "veran:v1", "--context", "development", "--no-record", *args, "--json")
    assert done.code in (0, 1), done
    return str(json.loads(done.out)["checks"][0]["message"])


RUNS = {"junit.xml": "3/5", "report.json": "3/5", "ctrf.json": "3/4"}


@pytest.mark.parametrize("file", RUNS)
def test_one_run_gives_the_same_counts_in_each_format_of_pytest(file: str, project: Project) -> None:
    """But for CTRF, which leaves the file out that cannot be imported."""
    assert f"({RUNS[file]})" in _json(project, "--test-metrics", DATA / file)


def test_the_record_names_the_format_that_each_file_was_read_as(project: Project) -> None:
    files = [DATA / name for name in ("report.json", "coverage.xml")]
    given = [part for file in files for part in ("--test-metrics", file)]
    project("check", "--model", "veran:v1", "--context", "development", *given)
    report = project.json("report", "--model", "veran:v1", code=1)["reports"][0]
    assert [item["format"] for item in report["inputs"]] == ["pytest-json-report", "cobertura-xml"]
