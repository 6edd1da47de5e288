"""`[tool.afs.gates.metrics]`: which number of a tool's file is which metric.

[tool.afs.gates.metrics]
quality_score = "tasks.arc_challenge.acc_norm"
coverage_percent = "branches"
"""

from collections.abc import Mapping, Sequence
from typing import Any

from gitgates.codec.toml_text import nearest
from gitgates.config.files import METRICS, find_tables
from gitgates.errors import ConfigError, InvalidValue
from gitgates.model.frozen import frozen
from gitgates.model.metric_paths import COVERAGE, MetricPath, check_path, check_pins
from gitgates.model.metric_paths import METRICS as OF_MODELS

Tables = Sequence[tuple[str, str, dict[str, Any]]]
"""Path, name and content of the tables of gate settings, as `find_tables` gives them."""


@frozen
class Chosen:
    """The number that somebody wants to be a metric.

    Attributes:
        source: who says so, e.g. `pyproject.toml: [tool.afs.gates.metrics]` or `--quality-score`.
    """

    path: str
    source: str


def find_metric_paths(start: str) -> dict[str, str]:
    """Return for each metric of a model that the project's files map the name of its number.

    `gates.toml` beats `pyproject.toml`. The files are those whose thresholds hold, see `find_config`.

    Raises:
        ConfigError: a file cannot be read, maps what is no metric, or maps to what can be no name.
    """
    chosen = chosen_in(find_tables(start))
    return {metric: one.path for metric, one in chosen.items() if metric != COVERAGE}


def chosen_in(tables: Tables) -> dict[str, Chosen]:
    """Return for each metric that the tables map, coverage included, what they choose.

    Raises:
        ConfigError: as `find_metric_paths`.
    """
    found: dict[str, Chosen] = {}
    for path, name, table in reversed(tables):
        if METRICS in table:
            place = f"{name}.{METRICS}"
            paths = _mapping(path, place, table[METRICS])
            found |= {metric: Chosen(number, f"{path}: [{place}]") for metric, number in paths.items()}
    return found


def _mapping(path: str, place: str, table: Any) -> Mapping[str, str]:
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: {place} is not a table")
    for metric, name in table.items():
        known = (*OF_MODELS, COVERAGE)
        if metric not in known:
            raise ConfigError(
                f"{path}: [{place}] unknown metric {metric!r}", remedy=nearest(metric, [*known], "metrics")
            )
        try:
            check_path(name)
        except InvalidValue as error:
            raise ConfigError(f"{path}: [{place}] {metric} {error.message}") from None
        try:
            check_pins([MetricPath(metric, name)])
        except InvalidValue as error:
            raise ConfigError(f"{path}: [{place}] {error.bare_message}") from None
    return table
