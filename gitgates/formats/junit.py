"""JUnit XML, as pytest, surefire, jest-junit, gotestsum, googletest, mocha and others write it.

Counting rules:

1. Each `testcase` element counts once, however deep its suite is nested, in one class: error, else failure, else
   skipped, else passed. Errors count as failed.
2. In pytest's files (a suite called `pytest`, or a root called `pytest tests`), cases of one classname and name in one
   suite are runs of one test, since names are unique there; it counts once, in the worst class of its runs. Elsewhere
   equal names are different tests.
3. `error` and `failure` elements directly in a suite count as one failed test each.
4. Where a header claims more errors and failures than its suite holds, the difference counts as failed tests:
   gotestsum's build errors exist only there. Else the body counts, and another total in the header becomes a note.

junitparser is not used: it drops what stands outside a testcase (rule 3) and `status="notrun"`, and raises a bare
ValueError at a header that is no number.
"""

from collections import Counter
from collections.abc import Iterator
from math import fsum
from typing import TYPE_CHECKING

from gitgates.errors import InputFileError
from gitgates.formats.base import Format, Reading, Role, measured
from gitgates.formats.document import Document, XmlDocument, as_xml
from gitgates.formats.options import ReadOptions
from gitgates.model.frozen import frozen
from gitgates.model.metrics import TestMetrics

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

NAME = "junit-xml"
_SUITES = ("testsuites", "testsuite")
_WORST_FIRST = ("error", "failure", "skipped", "passed")
_FAILED_WORDS = frozenset(["failed", "failure", "fail", "error", "errored"])
_SKIPPED_WORDS = frozenset(["notrun", "skipped", "disabled", "suppressed", "ignored"])
_BAD = ("error", "failure")


def matches(document: Document) -> bool:
    """Tell whether this is JUnit XML."""
    return isinstance(document, XmlDocument) and document.root.tag in _SUITES


def read(document: Document, options: ReadOptions) -> Reading:
    """Return the counts of all suites, and the duration where the file tells it."""
    document = as_xml(document)
    counts = Counter(_class_of_tests(document.root))
    listed = counts.total()
    outside = sum(1 for suite in _suites(document.root) for child in suite if child.tag in _BAD)
    claimed_only = _claims(document, document.root).unseen
    failed = counts["error"] + counts["failure"] + outside + claimed_only
    values: dict[str, object] = {
        "total_tests": listed + outside + claimed_only,
        "passed_tests": counts["passed"],
        "failed_tests": failed,
        "skipped_tests": counts["skipped"],
        "duration_seconds": _duration(document, document.root),
    }
    metrics = measured(document.file, TestMetrics, values)
    return Reading(document.file, NAME, metrics, tuple(_notes(document, listed, outside, claimed_only)))


def _suites(root: "Element") -> Iterator["Element"]:
    return (element for element in root.iter() if element.tag in _SUITES)


def _class_of(case: "Element") -> str:
    """Return the class of one testcase (rule 1)."""
    tags = {child.tag for child in case}
    words = {case.get("status", "").lower(), case.get("result", "").lower()}
    if "error" in tags:
        return "error"
    if "failure" in tags or words & _FAILED_WORDS:
        return "failure"
    return "skipped" if "skipped" in tags or words & _SKIPPED_WORDS else "passed"


def _class_of_tests(root: "Element") -> Iterator[str]:
    """Yield the class of every test, runs of one pytest test taken together (rule 2)."""
    by_pytest = root.get("name") == "pytest tests"
    for suite in _suites(root):
        cases = suite.findall("testcase")
        if not (by_pytest or suite.get("name") == "pytest"):
            yield from map(_class_of, cases)
            continue
        tests: dict[tuple[str | None, str | None], str] = {}
        for case in cases:
            key = (case.get("classname"), case.get("name"))
            tests[key] = min(_class_of(case), tests.get(key, "passed"), key=_WORST_FIRST.index)
        yield from tests.values()


@frozen
class _Claims:
    """What a suite holds of errors and failures, and how many more its headers claim (rule 4)."""

    held: int
    unseen: int


def _claims(document: XmlDocument, suite: "Element") -> _Claims:
    held = unseen = 0
    for child in suite:
        if child.tag in _SUITES:
            inner = _claims(document, child)
            held, unseen = held + inner.held, unseen + inner.unseen
        elif child.tag == "testcase":
            marks = sum(1 for mark in child if mark.tag in _BAD)  # pytest's header counts each mark of a case
            held += marks or _class_of(child) in _BAD
        elif child.tag in _BAD:
            held += 1
    claimed = sum(_header(document, suite, name) for name in ("errors", "failures"))
    return _Claims(held, max(unseen, claimed - held))


def _header(document: XmlDocument, suite: "Element", name: str) -> int:
    """Return the count that a suite's header claims, 0 where it has none."""
    text = suite.get(name, "").strip()
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise InputFileError(document.file, f"{_place(suite)} {name}: must be a count, got {text[:40]!r}")
    return int(text)


def _place(element: "Element") -> str:
    name = element.get("name")
    return f"<{element.tag}>" if name is None else f"<{element.tag} name={name[:80]!r}>"


def _duration(document: XmlDocument, element: "Element") -> float | None:
    """Return the seconds of an element: its own `time`, else the sum of its suites and cases; None if none is told."""
    text = element.get("time", "").strip()
    if text:
        try:
            seconds = float(text.replace(",", ""))  # surefire writes 1,234.5
        except ValueError:
            seconds = -1.0
        if not 0 <= seconds < float("inf"):
            raise InputFileError(document.file, f"{_place(element)} time: must be seconds, got {text[:40]!r}")
        return seconds
    parts = [_duration(document, child) for child in element if child.tag in (*_SUITES, "testcase")]
    known = [part for part in parts if part is not None]
    return fsum(known) if known else None


def _notes(document: XmlDocument, listed: int, outside: int, claimed_only: int) -> Iterator[str]:
    root = document.root
    cases = sum(len(suite.findall("testcase")) for suite in _suites(root))
    if cases > listed:
        yield f"{cases - listed} reruns are counted with their tests"
    flaky = sum(1 for case in root.iter("testcase") if any(child.tag.startswith("flaky") for child in case))
    if flaky:
        yield f"{flaky} tests failed at first and passed when run again"
    if outside:
        yield f"{outside} errors outside any test are counted as failed tests"
    if claimed_only:
        yield f"{claimed_only} errors that only a header tells of are counted as failed tests"
    claimed = _claimed_tests(document)
    if claimed not in (None, cases, cases + outside + claimed_only):
        yield f"the header claims {claimed} tests, the file holds {cases}"


def _claimed_tests(document: XmlDocument) -> int | None:
    """Return how many tests the root's header claims, or those of its suites together; None where one is silent."""
    heads = [document.root] if "tests" in document.root.attrib else document.root.findall("testsuite")
    if not heads or not all("tests" in head.attrib for head in heads):
        return None
    return sum(_header(document, head, "tests") for head in heads)


FORMAT = Format(NAME, "JUnit XML", (Role.TESTS,), matches, read)
