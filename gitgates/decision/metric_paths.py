"""Pinned numbers in condition 3: of which number of a file a metric may be, and what a report says that it was."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from gitgates.model.metric_paths import COVERAGE, MetricPath
from gitgates.model.metrics import Metrics
from gitgates.model.provenance import Input

if TYPE_CHECKING:
    from gitgates.model.policy import ContextPolicy

_BASELINES = {
    "quality_score": "baseline_quality_score",
    "latency_ms": "baseline_latency_ms",
    "memory_mb": "baseline_memory_mb",
}


def differences(metrics: Metrics, inputs: Sequence[Input], required: "ContextPolicy") -> Iterator[str]:
    """Yield for each metric that was measured and not from the number that the policy pins where it came from.

    A file of the model's metrics that does not say where a metric was read from gave it under a name of its own. Of the
    files of tests some tell no coverage, so at least one must say it, and none anything else.
    """
    for pin in required.metric_paths or ():
        if pin.metric == COVERAGE:
            measured = metrics.tests is not None and metrics.tests.coverage_percent is not None
            found = _read_from(inputs, "tests", pin.metric)
            stated = [path for path in found if path is not None]
            paths: Sequence[str | None] = stated or found
        else:
            measured = metrics.model is not None and getattr(metrics.model, pin.metric) is not None
            paths = _read_from(inputs, "model", pin.metric)
        if measured and (wrong := _other(paths, pin.path)):
            yield f"its {pin.metric} was read from {wrong}, the policy pins {pin.path}"
        yield from _of_baseline(metrics, inputs, pin)


def _of_baseline(metrics: Metrics, inputs: Sequence[Input], pin: MetricPath) -> Iterator[str]:
    """Yield where a file that served as the baseline gave another number; its own name for the metric is as good."""
    name = _BASELINES.get(pin.metric)
    if name is None or metrics.model is None or getattr(metrics.model, name) is None:
        return
    for path in _read_from(inputs, "baseline", pin.metric):
        if path not in (None, pin.path):
            yield f"its {name} was read from {path}, the policy pins {pin.path}"


def _read_from(inputs: Iterable[Input], role: str, metric: str) -> list[str | None]:
    """Return for each file of a role what it says of a metric, None where it says nothing."""
    return [path_of(item, metric) for item in inputs if item.role == role]


def path_of(item: Input, metric: str) -> str | None:
    """Return the name of the number that a metric was read from in a file, None where the file says nothing."""
    return next((source.path for source in item.read_from or () if source.metric == metric), None)


def _other(paths: Sequence[str | None], pinned: str) -> str:
    """Return in words what is there beside the pinned number, "" where nothing is."""
    if not paths:
        return "no file"
    wrong = next((path for path in paths if path != pinned), pinned)
    if wrong == pinned:
        return ""
    return "a file that does not say which number it is" if wrong is None else wrong


def changes(context: str, old: Iterable[MetricPath], new: Iterable[MetricPath]) -> Iterator[str]:
    """Yield in words what becomes of the numbers that the policy pins for a context."""
    before, after = ({pin.metric: pin.path for pin in pins} for pins in (old, new))
    for metric in sorted(before | after):
        if metric not in before:
            yield f"{context} takes {metric} from {after[metric]} alone"
        elif metric not in after:
            yield f"{context} takes {metric} from any number, and no longer from {before[metric]} alone"
        elif before[metric] != after[metric]:
            yield f"{context} takes {metric} from {after[metric]} instead of {before[metric]}"
