"""Metrics of a project's own as people write them in TOML: `[[….metric]]` with a name and what is asked."""

from collections.abc import Mapping
from typing import Any

from gitgates.codec.toml_text import nearest
from gitgates.errors import InvalidValue
from gitgates.model.custom import BOUNDS, MAX_METRICS, MetricRule

KEYS = ("name", "gate", "path", "direction", *BOUNDS, "confidence")
"""What a rule in TOML may have; `docs/reference/thresholds.md` tells what each means."""


def parse_rules(tables: object, path: str) -> tuple[MetricRule, ...]:
    """Return the rules that a list of tables gives, by name.

    Args:
        path: of the list, for errors.

    Raises:
        InvalidValue: with the path of the key.
    """
    rules: dict[str, MetricRule] = {}
    for number, table in enumerate(as_tables(tables, path)):
        rule = parse_rule(table, f"{path}[{number}]")
        if rule.name in rules:
            raise InvalidValue(f"{rule.name} is defined twice", field=f"{path}[{number}].name")
        rules[rule.name] = rule
    return tuple(rules[name] for name in sorted(rules))


def as_tables(tables: object, path: str) -> list[Any]:
    """Return a list of at most `MAX_METRICS` tables; InvalidValue for anything else."""
    if not isinstance(tables, list):
        raise InvalidValue("expected a list of tables", field=path, remedy="Write each metric as [[….metric]]")
    if len(tables) > MAX_METRICS:
        raise InvalidValue(f"holds {len(tables)} metrics, at most {MAX_METRICS} are allowed", field=path)
    return tables


def parse_rule(table: object, path: str, source: str | None = None) -> MetricRule:
    """Return the rule that a table gives, with the defaults of `MetricRule.of`.

    Raises:
        InvalidValue: with the path of the key.
    """
    if not isinstance(table, Mapping):
        raise InvalidValue("expected a table", field=path)
    for key in table:
        if key not in KEYS:
            raise InvalidValue("unknown key", field=f"{path}.{key}", remedy=nearest(key, list(KEYS), "keys"))
    if "name" not in table:
        raise InvalidValue("missing", field=f"{path}.name", remedy="Name the metric")
    try:
        return MetricRule.of(**table, source=source)
    except InvalidValue as error:
        raise error.below(f"{path}.") from None
