"""scikit-learn's `classification_report(..., output_dict=True)` as JSON, seen: 1.9.1.

Numbers are called `<row>.<column>`: `macro avg.f1-score`, `weighted avg.recall`, `<class>.precision`; and `accuracy`,
which multi-label reports do not have. The number of samples is the row's support.
"""

from typing import Any

from gitgates.errors import InputFileError
from gitgates.formats.base import Format, Reading, Role
from gitgates.formats.candidates import Candidates, is_number
from gitgates.formats.document import Document, JsonDocument, as_json
from gitgates.formats.options import ReadOptions
from gitgates.formats.taking import take

NAME = "sklearn-report"
_COLUMNS = ("precision", "recall", "f1-score")
_AVERAGES = ("macro avg", "weighted avg")
_PLACES = {name: place for place, name in enumerate(("accuracy", "micro avg", *_AVERAGES, "samples avg"))}
"""What is told of all classes together comes first, since a single class is rarely what is meant."""


def matches(document: Document) -> bool:
    """Tell whether this is a classification report."""
    return (
        isinstance(document, JsonDocument)
        and isinstance(document.value, dict)
        and all(
            isinstance(row := document.value.get(name), dict) and row.keys() >= {*_COLUMNS, "support"}
            for name in _AVERAGES
        )
    )


def read(document: Document, options: ReadOptions) -> Reading:
    """Return the metrics that are mapped to cells of the report."""
    document = as_json(document)
    found = Candidates(document.file)
    total = _support(document, "weighted avg", document.value["weighted avg"])
    if not total:
        raise InputFileError(document.file, "$.weighted avg.support: is 0, nothing was evaluated")
    for name, row in sorted(document.value.items(), key=lambda item: _PLACES.get(item[0], len(_PLACES))):
        if name == "accuracy" and not isinstance(row, dict):
            found.add(name, row, "$.accuracy", samples=total, higher_is_better=True)
            continue
        cells = document.expect(row, dict, f"$.{name[:80]}")
        samples = _support(document, name, cells)
        for column in _COLUMNS:
            where = f"$.{name[:80]}.{column}"
            found.add(f"{name}.{column}", cells.get(column), where, samples=samples, higher_is_better=True)
    return take(found, NAME, options)


def _support(document: JsonDocument, name: str, row: dict[str, Any]) -> int:
    """Return the number of samples of a row: sklearn writes it as a float."""
    support = row.get("support")
    if not is_number(support) or support < 0 or support != int(support):
        raise InputFileError(document.file, f"$.{name[:80]}.support: must be a whole number, at least 0")
    return int(support)


FORMAT = Format(NAME, "scikit-learn classification report", (Role.MODEL,), matches, read)
