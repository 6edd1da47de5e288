"""JSON that the Trainer of Hugging Face transformers writes, seen: 5.23.0.

`all_results.json`, `eval_results.json`, `train_results.json`, `predict_results.json`: one flat object. Numbers are
called by their keys, `eval_accuracy`.

`trainer_state.json`: the numbers of the last evaluation in `log_history`, that is of the last step at which anything
called `eval_...` was logged; where one key was logged twice at that step, the later.
"""

from typing import Any

from gitgates.errors import InputFileError
from gitgates.formats.base import Format, Reading, Role
from gitgates.formats.candidates import Candidates, is_number
from gitgates.formats.document import Document, JsonDocument, as_json
from gitgates.formats.options import ReadOptions
from gitgates.formats.taking import take

RESULTS, STATE = "hf-trainer", "hf-trainer-state"
SPLITS = ("eval", "train", "test", "predict")
_NOT_METRICS = ("epoch", "step")


def matches_results(document: Document) -> bool:
    """Tell whether this is a file of results: it tells how long a split took, and how fast."""
    return (
        isinstance(document, JsonDocument)
        and isinstance(document.value, dict)
        and any(document.value.keys() >= {f"{split}_runtime", f"{split}_samples_per_second"} for split in SPLITS)
    )


def read_results(document: Document, options: ReadOptions) -> Reading:
    """Return the metrics that are mapped to results."""
    document = as_json(document)
    found = Candidates(document.file)
    _add(found, document.value, "$")
    return take(found, RESULTS, options)


def matches_state(document: Document) -> bool:
    """Tell whether this is a trainer's state."""
    return (
        isinstance(document, JsonDocument)
        and isinstance(document.value, dict)
        and document.value.keys() >= {"log_history", "global_step"}
    )


def read_state(document: Document, options: ReadOptions) -> Reading:
    """Return the metrics that are mapped to results of the last evaluation."""
    document = as_json(document)
    history = document.expect(document.value["log_history"], list, "$.log_history")
    last: dict[str, tuple[Any, str]] = {}
    at = -1
    for number, item in enumerate(history):
        where = f"$.log_history[{number}]"
        entry: dict[str, Any] = document.expect(item, dict, where)
        if not any(key.startswith("eval_") for key in entry):
            continue
        step = document.expect(entry.get("step"), int, f"{where}.step")
        if step > at:
            at, last = step, {}
        if step == at:
            last |= {key: (value, f"{where}.{key[:80]}") for key, value in entry.items()}
    if not last:
        raise InputFileError(document.file, "$.log_history: holds no evaluation")
    found = Candidates(document.file)
    for key, (value, where) in last.items():
        _add(found, {key: value}, where.rpartition(".")[0])
    return take(found, STATE, options, _notes(document, at))


def _add(found: Candidates, told: dict[str, Any], where: str) -> None:
    for key, value in told.items():
        if key not in _NOT_METRICS:
            lower = key == "perplexity" or key.endswith(("_loss", "_runtime"))
            found.add(key, value, f"{where}.{key[:80]}", higher_is_better=False if lower else None)


def _notes(document: JsonDocument, at: int) -> tuple[str, ...]:
    """Say of which step the numbers are, and whether the trainer holds another one for the best."""
    step, best = document.value["global_step"], document.value.get("best_global_step")
    after = f" of {step}" if is_number(step) and step != at else ""
    other = f", while the best step is {best}" if is_number(best) and best != at else ""
    return (f"the numbers are of the evaluation at step {at}{after}{other}",)


FORMAT_RESULTS = Format(RESULTS, "Hugging Face Trainer results", (Role.MODEL,), matches_results, read_results)
FORMAT_STATE = Format(STATE, "Hugging Face Trainer state", (Role.MODEL,), matches_state, read_state)
