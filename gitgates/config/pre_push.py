"""The rules of `pre_push`: what must hold before a ref is pushed. Nothing in them can run a program."""

import os
import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from gitgates.codec.toml_text import nearest
from gitgates.config.files import GATES, PRE_PUSH, PYPROJECT, gate_table, read_tables
from gitgates.errors import ConfigError, InvalidValue
from gitgates.model.frozen import frozen
from gitgates.model.names import ModelVersion, check_context

MATCH = "{match}"
"""In `model`: what the `*` of the pattern stood for."""

_FILES = ("test_metrics", "metrics", "security_scan", "baseline")
_KNOWN = ("refs", "model", "context", "require", "run", *_FILES)


class Requirement(StrEnum):
    """What a rule asks the ledger for."""

    REPORT = "report"
    APPROVAL = "approval"
    CAN_DEPLOY = "can-deploy"


@frozen(kw_only=True)
class PrePushRule:
    """One rule.

    Attributes:
        place: file, table and number of the rule, for people.
        refs: patterns of the remote ref, in which `*` stands for anything.
        model: the model version; may hold `{match}`.
        require: None where the gates are run on files instead.
    """

    place: str
    refs: tuple[str, ...]
    model: str
    context: str
    require: Requirement | None
    test_metrics: tuple[str, ...] = ()
    metrics: str | None = None
    security_scan: tuple[str, ...] = ()
    baseline: str | None = None

    def models_for(self, ref: str) -> tuple[str, ...]:
        """Return the model versions that the rule asks about where `ref` is pushed, as text; none where none matches.

        Two patterns that match one ref may mean two model versions, and then both are asked about.
        """
        found = (self._model(pattern, ref) for pattern in self.refs if fnmatchcase(ref, pattern))
        return tuple(dict.fromkeys(found))

    def _model(self, pattern: str, ref: str) -> str:
        before, _, after = pattern.partition("*")
        return self.model.replace(MATCH, ref[len(before) : len(ref) - len(after)])


def read_pre_push(folder: str) -> tuple[PrePushRule, ...]:
    """Return the rules in `gates.toml` and `pyproject.toml` of `folder`, the top of a worktree; all of them hold.

    Raises:
        ConfigError: a file cannot be read, or a rule has unknown, missing or contradictory keys; names the file, the
            rule and the key.
    """
    return tuple(rule for name in (GATES, PYPROJECT) for rule in _read(os.path.join(folder, name), name))


def _read(path: str, name: str) -> list[PrePushRule]:
    tables = read_tables(path)
    if tables is None:
        return []
    rules: list[PrePushRule] = []
    for table, value in _lists(tables, path, name):
        if not isinstance(value, list) or not all(isinstance(rule, dict) for rule in value):
            raise ConfigError(f"{name}: {table} is no list of rules", remedy=f"Start each rule with [[{table}]]")
        rules += [_rule(f"{name}, [[{table}]] number {number}", one) for number, one in enumerate(value, 1)]
    return rules


def _lists(tables: dict[str, Any], path: str, name: str) -> Iterator[tuple[str, Any]]:
    """Yield each list of rules with its name; refuse what looks like one and would be passed over."""
    if PRE_PUSH in tables:
        if name != GATES:
            remedy = f"Write [[tool.gitgates.{PRE_PUSH}]]"
            raise ConfigError(f"{name}: [[{PRE_PUSH}]] is nobody's table here", remedy=remedy)
        yield PRE_PUSH, tables[PRE_PUSH]
    above, table = gate_table(tables, path) or ("", {})
    for key, value in table.items():
        place = f"{above}.{key}"
        if key == PRE_PUSH:
            yield place, value
        elif isinstance(value, list):
            raise ConfigError(f"{name}: [[{place}]]: unknown list of rules", remedy=nearest(key, [PRE_PUSH], "lists"))


def _rule(place: str, table: dict[str, Any]) -> PrePushRule:
    for key in table:
        if key not in _KNOWN:
            raise ConfigError(f"{place}: unknown key {key!r}", remedy=nearest(key, list(_KNOWN), "keys"))
    for key in ("refs", "model", "context"):
        if key not in table:
            raise ConfigError(f"{place}: {key} is missing", remedy=f"Every rule has {', '.join(_KNOWN[:3])}")
    require = _requirement(place, table)
    refs, model = _texts(place, table, "refs"), _text(place, "model", table["model"])
    context = _text(place, "context", table["context"])
    _check_refs(place, refs, model)
    _check_names(place, model, context)
    return PrePushRule(
        place=place,
        refs=refs,
        model=model,
        context=context,
        require=require,
        test_metrics=_texts(place, table, "test_metrics"),
        metrics=_text(place, "metrics", table["metrics"]) if "metrics" in table else None,
        security_scan=_texts(place, table, "security_scan"),
        baseline=_text(place, "baseline", table["baseline"]) if "baseline" in table else None,
    )


def _requirement(place: str, table: dict[str, Any]) -> Requirement | None:
    """Return what `require` says, None for `run = true`; the keys of the one do not go with the other."""
    run, require = table.get("run", False), table.get("require")
    if not isinstance(run, bool):
        raise ConfigError(f"{place}: run must be true, got {run!r}")
    if run == (require is not None):
        remedy = f'Give one of them: require = "{Requirement.CAN_DEPLOY}", or run = true and the files to judge'
        raise ConfigError(
            f"{place}: {'both require and run are' if run else 'neither require nor run is'} given", remedy=remedy
        )
    given = [key for key in _FILES if key in table]
    if require is not None:
        if given:
            raise ConfigError(
                f"{place}: {given[0]} goes with run = true, not with require", remedy="Remove one of them"
            )
        if require not in list(Requirement):
            raise ConfigError(
                f"{place}: unknown require {require!r}", remedy=nearest(str(require), list(Requirement), "values")
            )
        return Requirement(require)
    if not any(table.get(key) for key in _FILES[:3]):
        raise ConfigError(f"{place}: run = true names no file", remedy=f"Give one of {', '.join(_FILES[:3])}")
    if "baseline" in table and "metrics" not in table:
        raise ConfigError(f"{place}: baseline is given without metrics", remedy="Give the metrics to compare with it")
    return None


def _text(place: str, key: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{place}: {key} must be text, got {value!r}")
    return value


def _texts(place: str, table: dict[str, Any], key: str) -> tuple[str, ...]:
    """Return a list of texts, none where there is no such key; one text stands for a list of it."""
    value = table.get(key, [])
    return tuple(_text(place, key, item) for item in (value if isinstance(value, list) else [value]))


def _check_refs(place: str, refs: Sequence[str], model: str) -> None:
    """Refuse a pattern that could never match, or that leaves open what `{match}` is: the rule would guard nothing."""
    if not refs:
        raise ConfigError(f"{place}: refs is empty", remedy='For example refs = ["refs/heads/main"]')
    for ref in refs:
        if not ref.startswith(("refs/", "*")):
            raise ConfigError(
                f"{place}: refs: {ref!r} can match no ref",
                remedy=f"Write it in full: refs/heads/{ref} or refs/tags/{ref}",
            )
        if re.search(r"[?\[\]\\]", ref):
            raise ConfigError(f"{place}: refs: {ref!r}: only * stands for something else", remedy="Use *")
        if MATCH in model and ref.count("*") != 1:
            raise ConfigError(
                f"{place}: model has {MATCH}, so {ref!r} needs exactly one *", remedy="For example refs/tags/veran-*"
            )


def _check_names(place: str, model: str, context: str) -> None:
    try:
        ModelVersion.parse(model.replace(MATCH, "x"))
        check_context(context)
    except InvalidValue as error:
        key = "context" if error.message.startswith("a context") else "model"
        raise ConfigError(f"{place}: {key}: {error.message}", remedy=error.remedy) from None
