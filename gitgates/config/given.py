"""Thresholds that are typed on a command line: `--threshold NAME=VALUE`."""

from collections.abc import Sequence

from gitgates.errors import InvalidValue, UsageError
from gitgates.model.thresholds import GateThresholds


def given_thresholds(given: Sequence[str]) -> GateThresholds | None:
    """Return the thresholds that the texts set, None where there is no text.

    Raises:
        UsageError: a text is no threshold, or a threshold is set twice.
    """
    if not given:
        return None
    values: dict[str, int | float] = {}
    for text in given:
        name, _, number = text.partition("=")
        if name in values:
            raise UsageError(f"--threshold: {name} is given twice", remedy="Give it once")
        try:
            values[name] = float(number) if set(number) & set(".eE") else int(number)
        except ValueError:
            raise UsageError(f"--threshold: expected NAME=NUMBER, got {text!r}") from None
    try:
        return GateThresholds.from_dict(values)
    except InvalidValue as error:
        raise UsageError(f"--threshold: {error.message}", remedy=error.remedy) from None
