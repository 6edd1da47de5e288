"""The tables that define metrics of a project's own, as a file has them: each is checked by itself."""

from typing import Any

from gitgates.codec.metric_rules import as_tables, parse_rules
from gitgates.errors import ConfigError, InvalidValue


def checked_tables(path: str, place: str, tables: object) -> tuple[dict[str, Any], ...]:
    """Return the tables of a list in the file `path`, each of which makes a rule by itself.

    Raises:
        ConfigError: names the file, the table and the key.
    """
    try:
        parse_rules(tables, place)
        return tuple(as_tables(tables, place))
    except InvalidValue as error:
        raise ConfigError(f"{path}: {error.message}", remedy=error.remedy) from None
