"""A test run of deepeval as JSON (a file of `DEEPEVAL_RESULTS_FOLDER`), seen: 4.3.1.

Numbers:

- `pass_rate`: test cases with `success` / all test cases. The cases are counted, and must be as many as `testPassed`
  and `testFailed` say.
- `metrics.<name>.pass_rate`: passes / (passes + fails + errors).
- `metrics.<name>.mean`: the mean of the scores; not to be had where the metric ended in an error for some case, since
  the mean would be that of the easier ones.
"""

from typing import Any

from gitgates.errors import InputFileError
from gitgates.formats.base import Format, Reading, Role
from gitgates.formats.candidates import Candidates, is_number
from gitgates.formats.document import Document, JsonDocument, as_json
from gitgates.formats.options import ReadOptions
from gitgates.formats.taking import take

NAME = "deepeval"
_CASES = ("testCases", "conversationalTestCases")
_COUNTS = ("passes", "fails", "errors")


def matches(document: Document) -> bool:
    """Tell whether this is a test run of deepeval."""
    return (
        isinstance(document, JsonDocument)
        and isinstance(document.value, dict)
        and document.value.keys() >= {"testCases", "metricsScores"}
    )


def read(document: Document, options: ReadOptions) -> Reading:
    """Return the metrics that are mapped to rates and scores of the test run."""
    document = as_json(document)
    passed, cases = _count_cases(document)
    found = Candidates(document.file)
    found.add("pass_rate", passed / cases, "$.testCases", samples=cases)
    for number, item in enumerate(document.expect(document.value["metricsScores"], list, "$.metricsScores")):
        where = f"$.metricsScores[{number}]"
        _add_metric(document, found, document.expect(item, dict, where), where)
    return take(found, NAME, options)


def _count_cases(document: JsonDocument) -> tuple[int, int]:
    """Return the numbers of passed and of all test cases."""
    outcomes = []
    for part in _CASES:
        cases = document.value.get(part)
        for number, item in enumerate([] if cases is None else document.expect(cases, list, f"$.{part}")):
            success = document.expect(item, dict, f"$.{part}[{number}]").get("success")
            if not isinstance(success, bool):
                raise InputFileError(document.file, f"$.{part}[{number}].success: must be true or false")
            outcomes.append(success)
    passed = sum(outcomes)
    for name, number in (("testPassed", passed), ("testFailed", len(outcomes) - passed)):
        told = document.value.get(name)
        if told is not None and told != number:
            raise InputFileError(document.file, f"$.{name}: is {told}, but {number} are listed")
    if not outcomes:
        raise InputFileError(document.file, "$.testCases: is empty, nothing was evaluated")
    return passed, len(outcomes)


def _add_metric(document: JsonDocument, found: Candidates, told: dict[str, Any], where: str) -> None:
    name = document.expect(told.get("metric"), str, f"{where}.metric")
    counts = [document.expect(told.get(key), int, f"{where}.{key}") for key in _COUNTS]
    scores = document.expect(told.get("scores"), list, f"{where}.scores")
    if min(counts) < 0 or counts[0] + counts[1] != len(scores) or not all(map(is_number, scores)):
        raise InputFileError(document.file, f"{where}.scores: must be one number for each pass and fail")
    passes, _, errors = counts
    number = sum(counts)
    if not number:
        return
    fault = f"{errors} of {number} cases ended in an error and have no score" if errors else ""
    found.add(f"metrics.{name}.mean", sum(scores) / max(len(scores), 1), where, samples=number, fault=fault)
    found.add(f"metrics.{name}.pass_rate", passes / number, where, samples=number)


FORMAT = Format(NAME, "deepeval test run", (Role.MODEL,), matches, read)
