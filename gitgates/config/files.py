"""Reading `pyproject.toml` and `gates.toml`: where the gates' settings are, and the tables that set thresholds."""

import os
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import field

from gitgates.artifacts.files import read_input
from gitgates.codec.toml_text import nearest, parse_toml
from gitgates.config.notify_glance import MAX_BYTES
from gitgates.errors import ConfigError, InputFileError, InvalidValue
from gitgates.model.frozen import frozen
from gitgates.model.thresholds import GateThresholds

PYPROJECT, GATES = "pyproject.toml", "gates.toml"
PRE_PUSH = "pre_push"
"""The key of the list of rules that `config.pre_push` reads; beside it stand contexts."""
METRICS = "metrics"
"""The key of the table that `config.metric_paths` reads; no context's thresholds can stand under that name."""
NOTIFY = "notify"
"""The key of the table that `config.notify` reads; likewise no context's."""
METRIC = "metric"
"""The key of the list of metrics of the project's own in a context's table."""
_TABLES = ("tool.afs.gates", "tool.gitgates")


@frozen
class ConfigFile:
    """What one file sets.

    Attributes:
        contexts: thresholds by context.
        metrics: by context the tables that define metrics of the project's own; `config.metric_rules` makes rules of
            them.
    """

    path: str
    contexts: Mapping[str, GateThresholds]
    metrics: Mapping[str, tuple[dict[str, Any], ...]] = field(factory=dict)

    @property
    def name(self) -> str:
        """The file's name, as it is shown and recorded."""
        return os.path.basename(self.path)


def find_config(start: str, contexts: Iterable[str]) -> tuple[ConfigFile, ...]:
    """Return the files that configure gates, the stronger first.

    The folder is the first one from `start` upwards in which either file has gate settings; the search ends at the top
    of the repository.
    """
    return configs_in(find_tables(start), contexts)


def configs_in(tables: Iterable[tuple[str, str, dict[str, Any]]], contexts: Iterable[str]) -> tuple[ConfigFile, ...]:
    """Return what the tables that `find_tables` gave set, in their order; ConfigError as `read_config`."""
    contexts = tuple(contexts)
    return tuple(_config(path, name, table, contexts) for path, name, table in tables)


def find_tables(start: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Return path, name and content of the tables of gate settings, in the order and from the folder of `find_config`.

    Raises:
        ConfigError: a file is not readable, not TOML, or has both names of the table at once.
    """
    folder = os.path.abspath(start)
    while True:
        paths = [os.path.join(folder, name) for name in (GATES, PYPROJECT)]
        found = [(path, *named) for path in paths if (named := _gate_table_in(path)) is not None]
        parent = os.path.dirname(folder)
        if found or parent == folder or os.path.exists(os.path.join(folder, ".git")):
            return found
        folder = parent


def read_config(path: str, contexts: Iterable[str]) -> ConfigFile | None:
    """Return what the file at `path` sets, or None where there is no such file or no gate settings in it.

    Raises:
        ConfigError: not readable, not TOML, both names of the table at once, an unknown context or threshold, or a
            value out of range; names the file, the key and the nearest known one.
    """
    found = _gate_table_in(path)
    return None if found is None else _config(path, *found, contexts)


def _gate_table_in(path: str) -> tuple[str, dict[str, Any]] | None:
    tables = read_tables(path)
    return None if tables is None else gate_table(tables, path)


def _config(path: str, name: str, table: dict[str, Any], contexts: Iterable[str]) -> ConfigFile:
    if NOTIFY in table:
        from gitgates.config.notify_routes import parse_routes  # a mistake there is told before anything is recorded

        parse_routes(path, f"{name}.{NOTIFY}", table[NOTIFY])
    # A list of rules is no context's thresholds, though a context may have that name.
    settings = {
        key: value
        for key, value in table.items()
        if key not in (METRICS, NOTIFY) and (key != PRE_PUSH or not isinstance(value, list))
    }
    metrics = {}
    for key, value in settings.items():
        if isinstance(value, dict) and METRIC in value:
            from gitgates.config.metric_tables import checked_tables  # few projects have metrics of their own

            metrics[key] = checked_tables(path, f"{name}.{key}.{METRIC}", value[METRIC])
            settings[key] = {threshold: given for threshold, given in value.items() if threshold != METRIC}
    thresholds = {key: _thresholds(path, f"{name}.{key}", key, settings[key], contexts) for key in settings}
    return ConfigFile(path, thresholds, metrics)


def read_tables(path: str) -> dict[str, Any] | None:
    """Return everything in the file at `path`, None where there is none; ConfigError as `read_config`."""
    if not os.path.exists(path):
        return None
    try:
        tables = parse_toml(read_input(path, MAX_BYTES))
    except InputFileError as error:
        raise ConfigError(error.message) from None
    except InvalidValue as error:
        raise ConfigError(f"{path}: {error.message}") from None
    if os.path.basename(path) == GATES:
        _refuse_strangers(tables, path)
    return tables


def gate_table(tables: dict[str, Any], path: str) -> tuple[str, dict[str, Any]] | None:
    """Return the table of gate settings with its name, None where there is none; ConfigError where both names are."""
    named = [(name, table) for name in _TABLES if (table := _lookup(tables, name, path)) is not None]
    if len(named) > 1:
        raise ConfigError(f"{path}: both [{_TABLES[0]}] and [{_TABLES[1]}] are there", remedy="Keep one of them")
    return named[0] if named else None


def _refuse_strangers(tables: dict[str, Any], path: str) -> None:
    """Refuse every table of `gates.toml` that no gate reads; in `pyproject.toml` it would be another tool's."""
    for place, known in (("", ("tool", PRE_PUSH)), ("tool.", ("afs", "gitgates")), ("tool.afs.", ("gates",))):
        table: Any = tables
        for part in place.split(".")[:-1]:
            table = table.get(part) if isinstance(table, dict) else None
        for key in table if isinstance(table, dict) else ():
            if key not in known:
                name = f"{place}{key}"
                raise ConfigError(
                    f"{path}: unknown table or key {name!r}", remedy=nearest(name, [*_TABLES, PRE_PUSH], "tables")
                )


def _lookup(tables: dict[str, Any], dotted: str, path: str) -> dict[str, Any] | None:
    value: Any = tables
    for part in dotted.split("."):
        if not isinstance(value, dict):
            raise ConfigError(f"{path}: {dotted} is not a table")
        value = value.get(part)
        if value is None:
            return None
    if not isinstance(value, dict):
        raise ConfigError(f"{path}: {dotted} is not a table")
    return value


def _thresholds(path: str, place: str, context: str, table: Any, contexts: Iterable[str]) -> GateThresholds:
    known = list(contexts)
    if context not in known:
        raise ConfigError(f"{path}: unknown context in [{place}]", remedy=nearest(context, known, "contexts"))
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: {place} is not a table of thresholds")
    try:
        return GateThresholds.from_dict(table)
    except InvalidValue as error:
        raise ConfigError(f"{path}: [{place}] {error.message}", remedy=error.remedy) from None
