"""Reports as JUnit XML: a suite for each report and a test case for each gate, as Jenkins and GitLab read them."""

from collections.abc import Sequence

from junitparser import Failure, JUnitXml, TestCase, TestSuite

from gitgates.codec.escape import escaped
from gitgates.integrations.ci.told import Told, line_of, problems
from gitgates.integrations.ci.workflow_commands import without_commands_in_xml

MERGE = "merge"
"""The test case that stands for a merge which somebody blocked."""


def render(told: Sequence[Told], blocked: str = "") -> str:
    """Return the XML; it has a failure exactly where a report did not pass, or a merge is `blocked` for that reason.

    A gate that was required and did not run is a failure as well: a skipped test would let the build pass.
    """
    document = JUnitXml("gitgates")
    for one in told:
        document.add_testsuite(_suite(one, blocked))
    document.update_statistics()  # type: ignore[no-untyped-call]
    text = bytes(document.tostring()).decode("utf-8").strip()  # type: ignore[no-untyped-call]
    return f'<?xml version="1.0" encoding="utf-8"?>\n{without_commands_in_xml(text)}\n'


def _suite(told: Told, blocked: str) -> TestSuite:
    suite = TestSuite(told.title)
    for name, value in (("record", told.record), *told.facts):
        if value:
            suite.add_property(name, escaped(value))
    found = {problem.gate: problem for problem in problems(told.report)}
    for check in told.report.checks:
        case = _case(told, check.gate_name)
        problem = found.get(check.gate_name)
        if problem is not None and problem.failed:
            _fail(case, problem.message, problem.status)
        else:
            case.system_out = line_of(check)
        suite.add_testcase(case)
    for gate in found.keys() - {check.gate_name for check in told.report.checks}:
        suite.add_testcase(_fail(_case(told, gate), found[gate].message, found[gate].status))
    if blocked:
        suite.add_testcase(_fail(_case(told, MERGE), escaped(blocked), "blocked"))
    return suite


def _case(told: Told, gate: str) -> TestCase:
    return TestCase(escaped(gate), f"gates.{told.title}")


def _fail(case: TestCase, message: str, status: str) -> TestCase:
    failure = Failure(message, status)
    failure.text = f"{status}: {message}"
    case.result = [failure]
    return case
