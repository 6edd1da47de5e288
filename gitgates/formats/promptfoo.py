"""Results of `promptfoo eval --output x.json`, seen: version 3 of the results (promptfoo 0.121).

Every result is one test case with one prompt and provider. They are counted here, and the counts must be those in
`stats`. Numbers:

- `pass_rate`: results with `success` / all results; an error counts as not passed.
- `score`: the mean of the results' scores, an error counts as 0.
- `named.<name>`: the mean of a named score over the results that have it.
- `prompts.<n>.pass_rate` and so on, where there are several prompts or providers: the same for each, counted from 0.
"""

from collections.abc import Sequence
from typing import Any

from gitgates.errors import InputFileError
from gitgates.formats.base import Format, Reading, Role
from gitgates.formats.candidates import Candidates, is_number
from gitgates.formats.document import Document, JsonDocument, as_json
from gitgates.formats.options import ReadOptions
from gitgates.formats.taking import take
from gitgates.model.frozen import frozen

NAME = "promptfoo"
_VERSIONS = (2, 3)
_RESULTS = "$.results.results"
_ERROR = 2
"""`failureReason` of a result that is neither a pass nor a failed assertion."""


@frozen
class _Result:
    prompt: int
    passed: bool
    error: bool
    score: float
    named: tuple[tuple[str, float], ...]


def matches(document: Document) -> bool:
    """Tell whether this is an evaluation of promptfoo."""
    return (
        isinstance(document, JsonDocument)
        and isinstance(document.value, dict)
        and "evalId" in document.value
        and isinstance(document.value.get("results"), dict)
    )


def read(document: Document, options: ReadOptions) -> Reading:
    """Return the metrics that are mapped to rates and scores of the evaluation."""
    document = as_json(document)
    whole: dict[str, Any] = document.value["results"]
    if whole.get("version") not in _VERSIONS:
        raise InputFileError(document.file, f"$.results.version: only {' and '.join(map(str, _VERSIONS))} are known")
    items = document.expect(whole.get("results"), list, _RESULTS)
    if not items:
        raise InputFileError(document.file, f"{_RESULTS}: is empty, nothing was evaluated")
    results = [_result(document, item, f"{_RESULTS}[{number}]") for number, item in enumerate(items)]
    _compare(document, results, whole.get("stats"))
    found = Candidates(document.file)
    _add(found, "", results)
    prompts = sorted({result.prompt for result in results})
    for prompt in prompts if len(prompts) > 1 else ():
        _add(found, f"prompts.{prompt}.", [result for result in results if result.prompt == prompt])
    errors = sum(result.error for result in results)
    notes = (f"{errors} of {len(results)} results are errors; they count as not passed",) if errors else ()
    return take(found, NAME, options, notes)


def _result(document: JsonDocument, item: object, where: str) -> _Result:
    told: dict[str, Any] = document.expect(item, dict, where)
    passed, score = told.get("success"), told.get("score")
    if not isinstance(passed, bool):
        raise InputFileError(document.file, f"{where}.success: must be true or false")
    if not is_number(score):
        raise InputFileError(document.file, f"{where}.score: must be a number")
    error = told.get("failureReason") == _ERROR
    if error and passed:
        raise InputFileError(document.file, f"{where}.success: is true, but failureReason is that of an error")
    named = told.get("namedScores")
    scores = {} if named is None else document.expect(named, dict, f"{where}.namedScores")
    for name, value in scores.items():
        if not is_number(value):
            raise InputFileError(document.file, f"{where}.namedScores.{name[:80]}: must be a number")
    prompt = document.expect(told.get("promptIdx", 0), int, f"{where}.promptIdx")
    return _Result(prompt, passed, error, 0 if error else score, tuple(scores.items()))


def _compare(document: JsonDocument, results: Sequence[_Result], stats: object) -> None:
    """Refuse results that are not as many as the file says: some of them are missing."""
    told: dict[str, Any] = document.expect(stats, dict, "$.results.stats")
    passed = sum(result.passed for result in results)
    errors = sum(result.error for result in results)
    counted = {"successes": passed, "failures": len(results) - passed - errors, "errors": errors}
    for name, number in counted.items():
        if told.get(name, 0) != number:
            raise InputFileError(
                document.file,
                f"$.results.stats.{name}: is {told.get(name)}, but {number} are in {_RESULTS}",
                remedy="Write the file anew",
            )


def _add(found: Candidates, prefix: str, results: Sequence[_Result]) -> None:
    number = len(results)
    found.add(f"{prefix}pass_rate", sum(result.passed for result in results) / number, _RESULTS, samples=number)
    found.add(f"{prefix}score", sum(result.score for result in results) / number, _RESULTS, samples=number)
    named: dict[str, list[float]] = {}
    for result in results:
        for name, value in result.named:
            named.setdefault(name, []).append(value)
    for name, values in named.items():
        errors = sum(result.error for result in results)
        fault = f"is not known for {errors} results, which are errors" if errors else ""
        mean = sum(values) / len(values)
        found.add(f"{prefix}named.{name}", mean, f"{_RESULTS}[].namedScores", samples=len(values), fault=fault)


FORMAT = Format(NAME, "promptfoo results", (Role.MODEL,), matches, read)
