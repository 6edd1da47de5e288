"""From a scanner's labels, CVSS scores and CVSS vectors to the five severities of a record.

| told | severity |
|---|---|
| label | `critical`, `high`, `medium`, `low`; `important` is high, `moderate` medium, `negligible` and `info` low |
| CVSS score | from 9.0 critical, from 7.0 high, from 4.0 medium, above 0 low; 0 means that nothing was scored |
| CVSS vector, version 2, 3.0, 3.1 or 4.0 | by its base score in the same bands |
| anything else | unknown |
"""

import re
from collections.abc import Iterable
from typing import Any

from gitgates.errors import InputFileError

UNKNOWN = "unknown"
MAX_VECTORS = 10_000
"""Different CVSS vectors in one file: each takes up to 50 microseconds, and real scans repeat a few hundred."""

_RISING = (UNKNOWN, "low", "medium", "high", "critical")
_LABELS = {
    "critical": "critical",
    "high": "high",
    "important": "high",
    "medium": "medium",
    "moderate": "medium",
    "low": "low",
    "negligible": "low",
    "info": "low",
    "informational": "low",
}
_SCORE = re.compile(r"[0-9]{1,3}(\.[0-9]{1,10})?")
_VECTOR = re.compile(r"[A-Za-z0-9.:/]{1,300}")
_PREFIX = re.compile(r"CVSS:(3\.[01]|4\.0)/")


def worst(severities: Iterable[str]) -> str:
    """Return the worst of what is told about one finding; unknown only where nothing else is told."""
    return max(severities, key=_RISING.index, default=UNKNOWN)


def of_label(file: str, value: object, where: str) -> str:
    """Return the severity that a label means; unknown for no label and for a word that is none.

    Raises:
        InputFileError: it is neither text nor absent.
    """
    if value is None:
        return UNKNOWN
    if not isinstance(value, str):
        raise InputFileError(file, f"{where}: must be text")
    return _LABELS.get(value.strip().lower(), UNKNOWN)


def of_score(file: str, value: object, where: str) -> str:
    """Return the severity of a CVSS score: a number, its text, or a word in its place, which is taken as a label.

    Raises:
        InputFileError: it is none of these, or outside 0 to 10.
    """
    score: Any = value
    if isinstance(value, str):
        if not _SCORE.fullmatch(value.strip()):
            return of_label(file, value, where)
        score = float(value)
    elif value is None:
        return UNKNOWN
    if isinstance(score, bool) or not isinstance(score, int | float):
        raise InputFileError(file, f"{where}: must be a number, or text")
    if not 0 <= score <= 10:
        raise InputFileError(file, f"{where}: is {str(score)[:40]}, which is not in 0..10")
    return _band(float(score)) if score else UNKNOWN


def _band(score: float) -> str:
    if score >= 9.0:
        return "critical"
    if score >= 7.0:
        return "high"
    return "medium" if score >= 4.0 else "low"


class Vectors:
    """The CVSS vectors of one file, each scored once."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._known: dict[str, str] = {}

    def severity(self, value: object, where: str) -> str:
        """Return the severity of a vector; unknown for none and for what is no complete vector.

        Raises:
            InputFileError: it is not text, or the file holds more of them than are scored.
        """
        if value is None or value == "":
            return UNKNOWN
        if not isinstance(value, str):
            raise InputFileError(self._file, f"{where}: must be text")
        if value not in self._known:
            if len(self._known) >= MAX_VECTORS:
                raise InputFileError(
                    self._file,
                    f"{where}: is one of more than {MAX_VECTORS} different CVSS vectors",
                    remedy="Split the report",
                )
            self._known[value] = _of_vector(value)
        return self._known[value]


def _of_vector(vector: str) -> str:
    if not _VECTOR.fullmatch(vector):
        return UNKNOWN
    import cvss  # only files without labels need it
    from cvss.exceptions import CVSSError

    prefix = _PREFIX.match(vector)
    kind = cvss.CVSS2 if prefix is None else cvss.CVSS4 if prefix[1] == "4.0" else cvss.CVSS3
    try:
        score = float(kind(vector).base_score)
    except CVSSError:
        return UNKNOWN
    return _band(score)
