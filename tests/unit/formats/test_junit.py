"""JUnit XML: the counting rules, each by a small file."""

import pytest
from junitparser import JUnitXml

from gitgates.errors import InputFileError
from gitgates.formats.base import Reading, Role
from gitgates.formats.detect import read
from gitgates.model.metrics import TestMetrics

FAIL, ERROR, SKIP = "<failure/>", "<error/>", "<skipped/>"


def _read(text: str) -> Reading:
    return read(Role.TESTS, "j.xml", text.encode())


def _case(*children: str, name: str = "t", **attributes: str) -> str:
    extra = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f'<testcase classname="c" name="{name}"{extra}>{"".join(children)}</testcase>'


COUNTED: dict[str, tuple[str, tuple[int, int, int, int]]] = {
    "one of each": (
        f"<testsuite>{_case()}{_case(FAIL)}{_case(ERROR)}{_case(SKIP)}</testsuite>",
        (4, 1, 2, 1),
    ),
    "error before failure before skipped": (f"<testsuite>{_case(SKIP, FAIL, ERROR)}</testsuite>", (1, 0, 1, 0)),
    "output is no result": (f"<testsuite>{_case('<system-out>failure</system-out>')}</testsuite>", (1, 1, 0, 0)),
    "not run": (f"<testsuite>{_case(status='notrun')}{_case(result='suppressed')}</testsuite>", (2, 0, 0, 2)),
    "failed by attribute only": (f"<testsuite>{_case(status='failed')}</testsuite>", (1, 0, 1, 0)),
    "flaky, passed in the end": (f"<testsuite>{_case('<flakyFailure/>')}</testsuite>", (1, 1, 0, 0)),
    "rerun, failed in the end": (f"<testsuite>{_case(FAIL, '<rerunFailure/>')}</testsuite>", (1, 0, 1, 0)),
    "equal names are different tests": (f"<testsuite>{_case()}{_case()}</testsuite>", (2, 2, 0, 0)),
    "nested": (
        (
            f"<testsuites><testsuite tests='3'>{_case()}<testsuite tests='2'>{_case()}{_case(FAIL)}</testsuite>"
            "</testsuite></testsuites>"
        ),
        (3, 2, 1, 0),
    ),
    "no test": ("<testsuites/>", (0, 0, 0, 0)),
    "namespace": (f'<testsuite xmlns="urn:x">{_case(FAIL)}</testsuite>', (1, 0, 1, 0)),
    "error beside the tests": (f"<testsuite>{ERROR}{_case()}</testsuite>", (2, 1, 1, 0)),
    "the same error in the header": (f"<testsuite errors='1'>{ERROR}{_case()}</testsuite>", (2, 1, 1, 0)),
    "error in the root only": (f"<testsuites errors='1'><testsuite>{_case()}</testsuite></testsuites>", (2, 1, 1, 0)),
    "error in an inner header only": (
        f"<testsuites errors='0'><testsuite errors='2'>{_case()}</testsuite></testsuites>",
        (3, 1, 2, 0),
    ),
    "one error in both headers": (
        f"<testsuites errors='1'><testsuite errors='1'>{_case()}</testsuite></testsuites>",
        (2, 1, 1, 0),
    ),
    "errors in the root beyond those of a suite": (
        f"<testsuites errors='1' failures='2'><testsuite failures='1'>{_case(FAIL)}</testsuite></testsuites>",
        (3, 0, 3, 0),
    ),
    "a header that claims too little": (f"<testsuite failures='0'>{_case(FAIL)}</testsuite>", (1, 0, 1, 0)),
    "pytest: rerun and passed": (f"<testsuite name='pytest'>{_case()}{_case()}</testsuite>", (1, 1, 0, 0)),
    "pytest: rerun and failed": (f"<testsuite name='pytest'>{_case()}{_case(FAIL)}</testsuite>", (1, 0, 1, 0)),
    "pytest: failed, then its teardown": (
        f"<testsuite name='pytest' errors='1' failures='1'>{_case(FAIL)}{_case(ERROR)}</testsuite>",
        (1, 0, 1, 0),
    ),
    "pytest: other suite name": (
        f"<testsuites name='pytest tests'><testsuite name='mine'>{_case()}{_case()}</testsuite></testsuites>",
        (1, 1, 0, 0),
    ),
    "pytest: two failures in one case": (
        f"<testsuite name='pytest' failures='2'>{_case(FAIL, FAIL)}</testsuite>",
        (1, 0, 1, 0),
    ),
}


@pytest.mark.parametrize(("text", "counts"), COUNTED.values(), ids=COUNTED.keys())
def test_counts(text: str, counts: tuple[int, int, int, int]) -> None:
    metrics = _read(text).metrics
    assert isinstance(metrics, TestMetrics)
    assert (metrics.total_tests, metrics.passed_tests, metrics.failed_tests, metrics.skipped_tests) == counts


@pytest.mark.parametrize("name", ["one of each", "equal names are different tests", "nested", "no test"])
def test_junitparser_counts_the_same_cases_where_nothing_is_odd(name: str) -> None:
    text, (total, *_) = COUNTED[name]
    suites = text if text.startswith("<testsuites") else f"<testsuites>{text}</testsuites>"
    assert sum(len(list(suite)) for suite in JUnitXml.fromstring(suites)) == total


DURATIONS = {
    "of the root": ("<testsuites time='3'><testsuite time='1'/></testsuites>", 3.0),
    "of the suites": ("<testsuites><testsuite time='1'/><testsuite time='0.5'/></testsuites>", 1.5),
    "of the cases": (f"<testsuite>{_case(time='0.1')}{_case(time='0.2')}</testsuite>", 0.1 + 0.2),
    "with thousands": ("<testsuite time='1,234.5'/>", 1234.5),
    "not told": (f"<testsuite>{_case()}</testsuite>", None),
}


@pytest.mark.parametrize(("text", "seconds"), DURATIONS.values(), ids=DURATIONS.keys())
def test_duration(text: str, seconds: float | None) -> None:
    metrics = _read(text).metrics
    assert isinstance(metrics, TestMetrics)
    assert metrics.duration_seconds == (None if seconds is None else pytest.approx(seconds))


NOTES = {
    "rerun": (f"<testsuite name='pytest'>{_case()}{_case()}</testsuite>", "1 reruns are counted with their tests"),
    "flaky": (f"<testsuite>{_case('<flakyError/>')}</testsuite>", "1 tests failed at first and passed when run again"),
    "outside": (f"<testsuite>{ERROR}</testsuite>", "1 errors outside any test are counted as failed tests"),
    "claimed": ("<testsuite errors='2'/>", "2 errors that only a header tells of are counted as failed tests"),
    "more, and fewer than the suites claim together": (
        f"<testsuites><testsuite tests='3'>{_case()}{_case()}</testsuite><testsuite tests='0'/></testsuites>",
        "the header claims 3 tests, the file holds 2",
    ),
    "more": (f"<testsuite tests='1'>{_case()}{_case()}</testsuite>", "the header claims 1 tests, the file holds 2"),
    "fewer": (f"<testsuites tests='186'><testsuite>{_case()}</testsuite></testsuites>", "the header claims 186 tests"),
}


@pytest.mark.parametrize(("text", "note"), NOTES.values(), ids=NOTES.keys())
def test_notes_tell_what_the_counts_do_not(text: str, note: str) -> None:
    (told,) = _read(text).notes
    assert told.startswith(note)


SILENT = {
    "agreeing": f"<testsuites><testsuite tests='1'>{_case()}</testsuite><testsuite tests='0'/></testsuites>",
    "one suite claims nothing": f"<testsuites><testsuite tests='7'>{_case()}</testsuite><testsuite/></testsuites>",
}


@pytest.mark.parametrize("text", SILENT.values(), ids=SILENT.keys())
def test_no_note_without_a_disagreement(text: str) -> None:
    assert _read(text).notes == ()


REFUSED = {
    "header is no count": (
        "<testsuite name='a' errors='many'/>",
        "<testsuite name='a'> errors: must be a count, got 'many'",
    ),
    "negative header": ("<testsuite failures='-1'/>", "<testsuite> failures: must be a count"),
    "endless header": (f"<testsuites failures='{'9' * 30}'/>", "<testsuites> failures: must be a count"),
    "time is no number": ("<testsuite time='soon'/>", "<testsuite> time: must be seconds, got 'soon'"),
    "time is nan": ("<testsuite time='nan'/>", "<testsuite> time: must be seconds"),
    "time is infinite": ("<testsuite time='1e999'/>", "<testsuite> time: must be seconds"),
    "negative time": ("<testsuite time='-1'/>", "<testsuite> time: must be seconds"),
}


@pytest.mark.parametrize(("text", "fault"), REFUSED.values(), ids=REFUSED.keys())
def test_impossible_attribute_is_refused_with_its_element(text: str, fault: str) -> None:
    with pytest.raises(InputFileError) as caught:
        _read(text)
    assert str(caught.value).startswith(f"j.xml: {fault}")
