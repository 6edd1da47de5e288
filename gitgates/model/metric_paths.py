"""Which number of a file is which metric: what a policy pins, and what a report says of the files it was made from."""

from collections.abc import Iterable
from typing import Any

from attrs import field

from gitgates.errors import InvalidValue
from gitgates.model import fields
from gitgates.model.frozen import frozen

METRICS = (
    "quality_score",
    "accuracy",
    "f1_score",
    "perplexity",
    "latency_ms",
    "throughput_tokens_per_sec",
    "memory_mb",
)
"""The metrics of a model that can be taken from a number of a file, whatever that is called there."""
COVERAGE = "coverage_percent"
"""The metric of the tests of which a report of coverage has several figures."""
COVERAGE_FIGURES = ("lines", "branches", "total")
"""The figures that can be chosen; `total` is lines and branches together."""
MAX_PATH = 200
"""Characters of a number's name: what is taken stands in a record."""

_ROLES = {"model": METRICS, "baseline": METRICS, "tests": (COVERAGE,)}


def check_path(path: object) -> str:
    """Return `path` if it can be the name of a number; InvalidValue if not."""
    if not isinstance(path, str) or not path.strip():
        raise InvalidValue("must be the name of a number in the file, as text")
    if len(path) > MAX_PATH or not path.isprintable():
        raise InvalidValue(f"must be at most {MAX_PATH} printable characters")
    return path


def _is_path(_: Any, attribute: Any, value: Any) -> None:
    try:
        check_path(value)
    except InvalidValue as error:
        raise InvalidValue(error.message, field=attribute.name) from None


@frozen
class MetricPath:
    """One metric and the name of its number in a file; of coverage, the figure: `lines`, `branches` or `total`."""

    metric: str = field(validator=fields.one_of(*METRICS, COVERAGE))
    path: str = field(validator=_is_path)


def check_role(role: str, items: Iterable[MetricPath]) -> None:
    """Refuse metrics that no file of that role gives; `InvalidValue` names the field `read_from` of an input."""
    for item in items:
        if item.metric not in _ROLES.get(role, ()):
            raise InvalidValue(f"{item.metric} is read from no file of the role {role}", field="read_from")


def check_pins(items: Iterable[MetricPath]) -> None:
    """Refuse a figure of coverage that cannot be chosen; `InvalidValue` names the field of a context's policy."""
    for item in items:
        if item.metric == COVERAGE and item.path not in COVERAGE_FIGURES:
            raise InvalidValue(
                f"{COVERAGE} must be one of {', '.join(COVERAGE_FIGURES)}, got {item.path!r}", field="metric_paths"
            )
