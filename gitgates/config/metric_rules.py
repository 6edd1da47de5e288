"""`[[tool.afs.gates.CONTEXT.metric]]`: metrics of a project's own, and which definition of them is in force."""

from collections.abc import Sequence
from typing import Any

from gitgates.codec.metric_rules import KEYS, parse_rule
from gitgates.config.files import METRIC, ConfigFile
from gitgates.config.metric_tables import checked_tables
from gitgates.errors import ConfigError, InvalidValue
from gitgates.model.custom import MetricRule
from gitgates.model.names import DeploymentContext


def own_paths(files: Sequence[tuple[str, str, dict[str, Any]]]) -> frozenset[str]:
    """Return the names of all numbers that metrics in the project's files are read from, whatever their context.

    Args:
        files: as `find_tables` gives them.

    Raises:
        ConfigError: as `checked_tables`.
    """
    found: set[str] = set()
    for path, name, table in files:
        for context, settings in table.items():
            if isinstance(settings, dict) and METRIC in settings:
                tables = checked_tables(path, f"{name}.{context}.{METRIC}", settings[METRIC])
                found.update(str(one.get("path", one["name"])) for one in tables)
    return frozenset(found)


def rules_in_force(
    context: str,
    files: Sequence[ConfigFile],
    pinned: Sequence[MetricRule] = (),
    *,
    strict: bool = False,
    production: Sequence[MetricRule] = (),
) -> tuple[MetricRule, ...]:
    """Return the rules of a context by name: what the policy pins, and over it what the files say, key by key.

    Whether the files say less than the policy asks is for `ledger.recording.under_policy` to refuse.

    Args:
        files: the stronger first.
        strict: take what holds in production wherever the context has no such metric, or a looser bound.
        production: what the policy pins there, for `strict`; the files do not loosen it.

    Raises:
        ConfigError: what a file says contradicts the policy, or a stronger file; or it reads another number than the
            one that the policy bounds in production.
    """
    found = {rule.name: (_table(rule), "policy") for rule in pinned}
    for file in reversed(files):
        for given in file.metrics.get(context, ()):
            before = found.get(given["name"], ({}, ""))[0]
            found[given["name"]] = (before | given, file.name)
    rules = [_rule(table, context, source) for table, source in found.values()]
    if strict:
        there = rules_in_force(DeploymentContext.PRODUCTION, files, production)
        rules = _at_least(rules, there)
        _refuse_another(rules, production)
        rules = _at_least(rules, production)
    return tuple(sorted(rules, key=lambda rule: rule.name))


def _rule(table: dict[str, Any], context: str, source: str) -> MetricRule:
    try:
        return parse_rule(table, f"{context}.{METRIC} {table['name']}", source)
    except InvalidValue as error:
        raise ConfigError(f"{source}: {error.message}", remedy=error.remedy) from None


def _table(rule: MetricRule) -> dict[str, Any]:
    return {key: value for key in KEYS if (value := getattr(rule, key)) is not None}


def _at_least(rules: Sequence[MetricRule], production: Sequence[MetricRule]) -> list[MetricRule]:
    """Return `rules` with every bound at least as strict as in `production`, and its metrics that they lack."""
    stricter = {rule.name: rule for rule in production}
    found = [_stricter(rule, stricter.pop(rule.name, rule)) for rule in rules]
    return [*found, *(_rule(_table(rule), "production", "--strict") for rule in stricter.values())]


def _refuse_another(rules: Sequence[MetricRule], production: Sequence[MetricRule]) -> None:
    pinned = {rule.name: rule for rule in production}
    for rule in rules:
        for key in ("path", "direction") if rule.name in pinned else ():
            here, there = getattr(rule, key), getattr(pinned[rule.name], key)
            if here != there:
                raise ConfigError(
                    f"{rule.source}: the {key} of {rule.name} is {here}, and the policy pins {there} for production",
                    remedy=f"Leave {key} out there, or leave out --strict",
                )


def _stricter(rule: MetricRule, other: MetricRule) -> MetricRule:
    table = _table(rule)
    for bound, value in other.bounds():
        own = table.get(bound, value)
        table[bound] = max(own, value) if bound.startswith("min") else min(own, value)
    table["confidence"] = min(rule.confidence, other.confidence)
    return rule if table == _table(rule) else _rule(table, "production", "--strict")
