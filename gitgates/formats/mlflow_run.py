"""A run of MLflow as JSON, seen: 2.9.2 and 3.x.

`mlflow.get_run(id).to_dictionary()` and `mlflow runs describe` write `info` and `data.metrics` as an object; the REST
API writes the same below `run`, with `data.metrics` as a list. Numbers are called as they were logged. MLflow exports
the last value of each.
"""

from typing import Any

from gitgates.errors import InputFileError
from gitgates.formats.base import Format, Reading, Role
from gitgates.formats.candidates import Candidates
from gitgates.formats.document import Document, JsonDocument, as_json
from gitgates.formats.options import ReadOptions
from gitgates.formats.taking import take

NAME = "mlflow-run"
STATUSES = ("RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED")
"""In the order of the numbers, from 1, that stand for them in a file store."""


def matches(document: Document) -> bool:
    """Tell whether this is a run of MLflow."""
    return isinstance(document, JsonDocument) and _run(document) is not None


def read(document: Document, options: ReadOptions) -> Reading:
    """Return the metrics of the run."""
    document = as_json(document)
    root, run = _run(document) or ("", {})
    info = run["info"]
    notes = judge_state(document.file, info.get("status"), info.get("lifecycle_stage"), f"{root}.info")
    found = Candidates(document.file)
    metrics, where = run["data"].get("metrics"), f"{root}.data.metrics"
    if isinstance(metrics, list):
        for number, item in enumerate(metrics):
            told: dict[str, Any] = document.expect(item, dict, f"{where}[{number}]")
            name = document.expect(told.get("key"), str, f"{where}[{number}].key")
            found.add(name, told.get("value"), f"{where}[{number}].value")
    elif metrics is not None:
        for name, value in document.expect(metrics, dict, where).items():
            found.add(name, value, f"{where}.{name[:80]}")
    return take(found, NAME, options, notes)


def judge_state(file: str, status: object, stage: object, where: str) -> tuple[str, ...]:
    """Return notes on the state of a run.

    Raises:
        InputFileError: the run failed, was killed or deleted, so that its numbers are those of something unfinished.
    """
    if stage == "deleted":
        raise InputFileError(file, f"{where}.lifecycle_stage: the run is deleted")
    if status is None or status == "FINISHED":
        return ()
    if status in ("FAILED", "KILLED"):
        raise InputFileError(file, f"{where}.status: is {status}, so its numbers may be those of an unfinished run")
    if status not in STATUSES:
        raise InputFileError(file, f"{where}.status: must be one of {', '.join(STATUSES)}")
    return (f"the run's status is {status}: its numbers may still change",)


def _run(document: JsonDocument) -> tuple[str, dict[str, Any]] | None:
    """Return the run and its path."""
    value = document.value
    for root, run in (("$", value), ("$.run", value.get("run") if isinstance(value, dict) else None)):
        if isinstance(run, dict) and isinstance(run.get("info"), dict) and isinstance(run.get("data"), dict):
            return root, run
    return None


FORMAT = Format(NAME, "MLflow run", (Role.MODEL,), matches, read)
