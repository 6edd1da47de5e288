"""A model card of the Hugging Face hub: a `README.md` whose YAML head has a `model-index`, seen: transformers 5.23.0.

Numbers are called `<task type>.<dataset name>.<metric type>`; behind the dataset's name stand its config and split in
brackets where the card tells them: `text-generation.demo [en, test].accuracy`. A value that is no number (`"76.9%"`)
can not be taken.
"""

from typing import Any

from gitgates.errors import InputFileError
from gitgates.formats.base import Format, Reading, Role
from gitgates.formats.candidates import Candidates
from gitgates.formats.document import Document, JsonDocument, TextDocument, as_text
from gitgates.formats.options import ReadOptions
from gitgates.formats.taking import take

NAME = "hf-model-card"
MARK = "---"
_INDEX = "model-index"
_OPEN_SOURCE_OF_NUMBERS = "a model card holds what its author wrote into it"


def matches(document: Document) -> bool:
    """Tell whether this is a card with a head that has an index."""
    return isinstance(document, TextDocument) and any(
        line.startswith(f"{_INDEX}:") for line in _head(document.text) or ()
    )


def read(document: Document, options: ReadOptions) -> Reading:
    """Return the metrics that are mapped to results in the index."""
    document = as_text(document)
    from gitgates.formats import yaml_text

    head = yaml_text.load(document.file, "\n".join(_head(document.text) or ()))
    card = JsonDocument(document.file, head)  # the same kinds of values
    models = card.expect(card.expect(head, dict, "$").get(_INDEX), list, f"$.{_INDEX}")
    if len(models) != 1:
        raise InputFileError(card.file, f"$.{_INDEX}: must hold one model, not {len(models)}")
    where = f"$.{_INDEX}[0]"
    model: dict[str, Any] = card.expect(models[0], dict, where)
    found = Candidates(card.file)
    for number, item in enumerate(card.expect(model.get("results"), list, f"{where}.results")):
        _add_result(card, found, item, f"{where}.results[{number}]")
    return take(found, NAME, options, (_OPEN_SOURCE_OF_NUMBERS,))


def _head(text: str) -> list[str] | None:
    """Return the lines between the first line and the next one that is `---`, None where there is no such head."""
    lines = text.splitlines()
    if not lines or lines[0].rstrip() != MARK:
        return None
    for number, line in enumerate(lines[1:], 1):
        if line.rstrip() == MARK:
            return lines[1:number]
    return None


def _add_result(card: JsonDocument, found: Candidates, item: object, where: str) -> None:
    result: dict[str, Any] = card.expect(item, dict, where)
    task = _text(card, result.get("task"), "type", f"{where}.task")
    data: dict[str, Any] = card.expect(result.get("dataset"), dict, f"{where}.dataset")
    part = ", ".join(value for key in ("config", "split") if isinstance(value := data.get(key), str))
    dataset = _text(card, data, "name", f"{where}.dataset") + (f" [{part}]" if part else "")
    for number, told in enumerate(card.expect(result.get("metrics"), list, f"{where}.metrics")):
        place = f"{where}.metrics[{number}]"
        metric: dict[str, Any] = card.expect(told, dict, place)
        found.add(f"{task}.{dataset}.{_text(card, metric, 'type', place)}", metric.get("value"), f"{place}.value")


def _text(card: JsonDocument, parent: object, key: str, where: str) -> str:
    return card.expect(card.expect(parent, dict, where).get(key), str, f"{where}.{key}")


FORMAT = Format(NAME, "Hugging Face model card", (Role.MODEL,), matches, read)
