"""`[tool.afs.gates.metrics]`: which number of a tool's file is which metric.

[tool.afs.gates.metrics]
quality_score = "tasks.arc_challenge.acc_norm"
"""

from collections.abc import Mapping, Sequence
from typing import Any

from gitgates.codec.toml_text import nearest
from gitgates.config.files import METRIC, METRICS, find_tables
from gitgates.errors import ConfigError, InvalidValue
from gitgates.formats.options import MAX_NAME, ReadOptions
from gitgates.formats.options import METRICS as KNOWN


def find_metric_paths(start: str) -> dict[str, str]:
    """Return for each metric that the project's files map the name of its number; `gates.toml` beats `pyproject.toml`.

    The files are those whose thresholds hold, see `find_config`.

    Raises:
        ConfigError: a file cannot be read, maps what is no metric, or maps to what can be no name.
    """
    return _paths(find_tables(start))


def _paths(tables: Sequence[tuple[str, str, dict[str, Any]]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path, name, table in reversed(tables):
        if METRICS in table:
            found |= _mapping(path, f"{name}.{METRICS}", table[METRICS])
    return found


def find_read_options(start: str, coverage: str | None = None) -> ReadOptions:
    """Return how files of metrics are to be read, as the project's files say.

    Whoever reads with these options refuses the `strangers` that no metric explains, see `api.measuring`.

    Raises:
        ConfigError: see `find_metric_paths`, and `config.metric_rules` for metrics of the project's own.
    """
    tables = find_tables(start)
    own: frozenset[str] = frozenset()
    settings = (value for _, _, table in tables for value in table.values())
    if any(isinstance(value, dict) and METRIC in value for value in settings):
        from gitgates.config.metric_rules import own_paths  # few projects have metrics of their own

        own = own_paths(tables)
    return ReadOptions(coverage, _paths(tables), own)


def check_path(path: object) -> str:
    """Return `path` if it can be the name of a number; InvalidValue if not."""
    if not isinstance(path, str) or not path.strip():
        raise InvalidValue("must be the name of a number in the file, as text")
    if len(path) > MAX_NAME or not path.isprintable():
        raise InvalidValue(f"must be at most {MAX_NAME} printable characters")
    return path


def _mapping(path: str, place: str, table: Any) -> Mapping[str, str]:
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: {place} is not a table")
    for metric, name in table.items():
        if metric not in KNOWN:
            raise ConfigError(
                f"{path}: [{place}] unknown metric {metric!r}", remedy=nearest(metric, [*KNOWN], "metrics")
            )
        try:
            check_path(name)
        except InvalidValue as error:
            raise ConfigError(f"{path}: [{place}] {metric} {error.message}") from None
    return table
