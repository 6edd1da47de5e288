"""Results of lm-evaluation-harness (`lm_eval --output_path`), seen: 0.4.13; files of 0.2 and later have the same parts.

Numbers are called `tasks.<task>.<metric>`, with `,<filter>` behind where the filter is not `none`; groups are tasks
too. The standard error is that of `<metric>_stderr`, the number of samples that of the task (`sample_len`, or the
group's `sample_count`, else `n-samples`).
"""

from typing import Any

from gitgates.errors import InputFileError
from gitgates.formats.base import Format, Reading, Role
from gitgates.formats.candidates import Candidates, is_number
from gitgates.formats.document import Document, JsonDocument, as_json
from gitgates.formats.options import ReadOptions
from gitgates.formats.taking import take

NAME = "lm-eval"
_NOT_METRICS = ("alias", "name", "sample_len", "sample_count")
_STDERR = "_stderr"


def matches(document: Document) -> bool:
    """Tell whether this is a result file of lm-evaluation-harness."""
    return (
        isinstance(document, JsonDocument)
        and isinstance(document.value, dict)
        and isinstance(document.value.get("results"), dict)
        and isinstance(document.value.get("versions"), dict)
    )


def read(document: Document, options: ReadOptions) -> Reading:
    """Return the metrics that are mapped to results of tasks."""
    document = as_json(document)
    found = Candidates(document.file)
    for task, told in document.value["results"].items():
        _add_task(document, found, task, document.expect(told, dict, f"$.results.{task[:80]}"))
    return take(found, NAME, options)


def _add_task(document: JsonDocument, found: Candidates, task: str, told: dict[str, Any]) -> None:
    directions = _of_task(document, "higher_is_better", task)
    limited = _limited(document, task)
    for key, value in told.items():
        metric, _, chosen = key.partition(",")
        if key in _NOT_METRICS or isinstance(value, str) or (metric.endswith(_STDERR) and _base(key) in told):
            continue
        where = f"$.results.{task[:80]}.{key[:80]}"
        better = directions.get(metric)
        found.add(
            f"tasks.{task}.{metric}" + ("" if chosen in ("", "none") else f",{chosen}"),
            value,
            where,
            higher_is_better=better if isinstance(better, bool) else None,
            stderr=_stderr(document, told, key, where),
            samples=_samples(document, told, task, key),
            note=limited,
        )


def _base(key: str) -> str:
    """Return the key of the metric whose standard error `key` is."""
    metric, comma, chosen = key.partition(",")
    return metric.removesuffix(_STDERR) + comma + chosen


def _stderr(document: JsonDocument, told: dict[str, Any], key: str, where: str) -> float | None:
    metric, comma, chosen = key.partition(",")
    value = told.get(metric + _STDERR + comma + chosen)
    if value is None or isinstance(value, str):  # "N/A" where it was not computed
        return None
    if not is_number(value) or value < 0:
        raise InputFileError(document.file, f"{where}: its standard error must be a number, at least 0")
    return float(value)


def _samples(document: JsonDocument, told: dict[str, Any], task: str, key: str) -> int | None:
    counts = told.get("sample_count")
    number = counts.get(key) if isinstance(counts, dict) else None
    if number is None:
        number = told.get("sample_len")
    if number is None:
        number = _of_task(document, "n-samples", task).get("effective")
    if number is None:
        return None
    where = f"$.results.{task[:80]}.sample_len"
    if document.expect(number, int, where) < 0 or not is_number(number):
        raise InputFileError(document.file, f"{where}: must be the number of samples")
    return int(number)


def _limited(document: JsonDocument, task: str) -> str:
    """Return a note where `--limit` left samples out."""
    counts = _of_task(document, "n-samples", task)
    original, effective = counts.get("original"), counts.get("effective")
    if not is_number(original) or not is_number(effective) or effective >= original:
        return ""
    return f"only {effective} of the {original} samples of {task[:80]} were evaluated"


def _of_task(document: JsonDocument, part: str, task: str) -> dict[str, Any]:
    """Return what a part beside the results tells of a task; older versions have fewer parts."""
    told = document.value.get(part)
    of_task = told.get(task) if isinstance(told, dict) else None
    return of_task if isinstance(of_task, dict) else {}


FORMAT = Format(NAME, "lm-evaluation-harness results", (Role.MODEL,), matches, read)
