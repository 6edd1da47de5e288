"""`[tool.afs.gates.metrics]`: which number of a tool's file is which metric.

[tool.afs.gates.metrics]
quality_score = "tasks.arc_challenge.acc_norm"
"""

from collections.abc import Mapping
from typing import Any

from gitgates.codec.toml_text import nearest
from gitgates.config.files import METRICS, find_tables
from gitgates.errors import ConfigError, InvalidValue
from gitgates.formats.options import MAX_NAME
from gitgates.formats.options import METRICS as KNOWN


def find_metric_paths(start: str) -> dict[str, str]:
    """Return for each metric that the project's files map the name of its number; `gates.toml` beats `pyproject.toml`.

    The files are those whose thresholds hold, see `find_config`.

    Raises:
        ConfigError: a file cannot be read, maps what is no metric, or maps to what can be no name.
    """
    found: dict[str, str] = {}
    for path, name, table in reversed(find_tables(start)):
        if METRICS in table:
            found |= _mapping(path, f"{name}.{METRICS}", table[METRICS])
    return found


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
