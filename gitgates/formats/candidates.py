"""The numbers in a file of model metrics, each by a name such as `tasks.arc_challenge.acc_norm`."""

import math
from collections.abc import Iterator
from typing import Any, TypeGuard

from gitgates.errors import InputFileError
from gitgates.formats.numbers import Candidate
from gitgates.model.fields import INT64_MAX, INT64_MIN
from gitgates.model.metric_paths import MAX_PATH

MAX_NUMBERS = 50_000
"""Numbers of one file; evaluations have some hundreds."""
MAX_LISTED = 12
"""Candidates that an error names."""

_SCORES = ("quality_score", "accuracy", "f1_score")
_LOWER_IS_BETTER = ("perplexity", "latency_ms", "memory_mb")


class Candidates:
    """The numbers of one file by name, in the file's order."""

    def __init__(self, file: str) -> None:
        """`file` is its name, for errors."""
        self.file = file
        self._found: dict[str, Candidate] = {}

    def __contains__(self, name: str) -> bool:
        """Tell whether the file has a number of that name."""
        return name in self._found

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        return iter(self._found)

    def add(
        self,
        name: str,
        value: object,
        where: str,
        *,
        fault: str = "",
        higher_is_better: bool | None = None,
        stderr: float | None = None,
        samples: int | None = None,
        note: str = "",
    ) -> None:
        """Add what the file holds under `name`.

        None is no number and passed over. Anything else that is no finite number, and a name that is there already,
        can be chosen only to be told why it cannot be taken.
        """
        if value is None:
            return
        if not is_number(value):
            fault = f"is {_word(value)}, not a number"
        elif samples == 0:
            fault = fault or "was measured on no sample"
        if name in self._found:
            fault = f"is ambiguous, the file has several of that name ({self._found[name].where} and {where})"
        elif len(self._found) == MAX_NUMBERS:
            raise InputFileError(self.file, f"holds more than {MAX_NUMBERS} numbers", remedy="Give a summary of them")
        self._found[name] = Candidate(
            value=value if is_number(value) else 0,
            where=where,
            fault=fault,
            higher_is_better=higher_is_better,
            stderr=stderr,
            samples=samples,
            note=note,
        )

    def get(self, name: str) -> Candidate | None:
        """Return the number `name`, whatever is wrong with it, None where there is none."""
        return self._found.get(name)

    def take(self, metric: str, name: str) -> Candidate:
        """Return the number `name`, which is to be the metric.

        Raises:
            InputFileError: there is none, it cannot be taken, or the file says that the wrong direction of it is
                better.
        """
        candidate = self._found.get(name)
        if candidate is None:
            raise InputFileError(
                self.file, f"has no number {shown(name)}, which is to be {metric}", remedy=self.listed(metric, name)
            )
        fault = candidate.fault
        if not fault and candidate.higher_is_better is (metric in _LOWER_IS_BETTER):
            better = "higher" if candidate.higher_is_better else "lower"
            fault = f"cannot be {metric}: the {better} it is, the better"
        if fault:
            raise InputFileError(self.file, f"{shown(name)}: {fault}", remedy=self.listed(metric, name))
        return candidate

    def can_be(self, metric: str, name: str) -> bool:
        """Tell whether the number `name` can be the metric."""
        candidate = self._found[name]
        return (
            not candidate.fault
            and 0 <= candidate.value <= (1 if metric in _SCORES else math.inf)
            and candidate.higher_is_better is not (metric in _LOWER_IS_BETTER)
        )

    def fitting(self, metric: str) -> list[str]:
        """Return the names of the numbers that can be the metric."""
        return [name for name in self._found if self.can_be(metric, name) and _can_be_named(name)]

    def listed(self, metric: str, near: str = "") -> str:
        """Return a remedy that names numbers which can be the metric, those whose names are like `near` first."""
        fitting = self.fitting(metric)
        if not fitting:
            return f"Nothing in this file can be {metric}"
        if near:
            from difflib import get_close_matches  # only a mistake pays for it

            fitting = list(dict.fromkeys([*get_close_matches(near, fitting[:1000], n=3), *fitting]))
        more = f" and {len(fitting) - MAX_LISTED} more" if len(fitting) > MAX_LISTED else ""
        return f"Candidates: {', '.join(map(shown, fitting[:MAX_LISTED]))}{more}"


def is_number(value: object) -> TypeGuard[int | float]:
    """Tell whether `value` is a finite number, whole ones within 64 bits; true and false are none."""
    if isinstance(value, int):
        return not isinstance(value, bool) and INT64_MIN <= value <= INT64_MAX
    return isinstance(value, float) and math.isfinite(value)


def leaves(value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield all values that are no objects or empty ones, with their keys joined by dots."""
    for key, child in value.items():
        if isinstance(child, dict) and child:  # the depth of documents is bounded
            yield from ((f"{key}.{name}", leaf) for name, leaf in leaves(child))
        else:
            yield key, child


def shown(name: str) -> str:
    """Return a name out of a file as it can stand in a message."""
    text = name if len(name) <= MAX_PATH else f"{name[:MAX_PATH]}..."
    return text if text.isprintable() and " " not in text else repr(text)


def _can_be_named(name: str) -> bool:
    return name.isprintable() and len(name) <= MAX_PATH


def _word(value: object) -> str:
    if isinstance(value, float):
        return str(value)
    words = {
        bool: "true or false",
        int: "a whole number beyond 64 bits",
        str: "text",
        list: "a list",
        dict: "an object",
    }
    return words.get(type(value), type(value).__name__)
