"""How metrics of a project's own are shown: what each is held against, who says so, and what was measured."""

from collections.abc import Iterable, Iterator
from typing import Any

from gitgates.cli.output import Output
from gitgates.codec.convert import Converter
from gitgates.model.custom import Measurement, MetricRule, told
from gitgates.model.metrics import Metrics


def rules_value(rules: Iterable[MetricRule]) -> list[dict[str, Any]]:
    """Return the rules for JSON."""
    converter = Converter()
    return [converter.unstructure(rule) for rule in rules]


def show_rules(output: Output, rules: Iterable[MetricRule], metrics: Metrics) -> None:
    """Print the rules, and the numbers that they judge, for people."""
    output.table(("metric", "rule", "set by"), [(rule.name, told(rule), rule.source or "") for rule in rules])
    if metrics.custom:
        output.table(("metric", "value", "baseline"), [_shown(item) for item in metrics.custom])


def _shown(item: Measurement) -> tuple[str, str, str]:
    now = _number(item.value, item.stderr, item.samples)
    return item.name, now, _number(item.baseline, item.baseline_stderr, item.baseline_samples)


def _number(value: float | None, stderr: float | None, samples: int | None) -> str:
    return "".join(_parts(value, stderr, samples))


def _parts(value: float | None, stderr: float | None, samples: int | None) -> Iterator[str]:
    if value is not None:
        yield repr(value)
    if stderr is not None:
        yield f" ± {stderr!r}"
    if samples is not None:
        yield f" ({samples} samples)"
