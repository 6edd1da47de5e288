"""Metrics out of what a training pipeline holds in its hands: `extract_test_metrics`, `extract_model_metrics`.

Both take the same object, and look for their own part of it. What is understood:

- `TestMetrics` and `ModelMetrics` themselves;
- mappings, and objects with attributes, that hold our metrics under their names;
- objects with `overall_score()`, which then is their quality score;
- what `check` reads as JSON, as Python values: output of a Trainer (`evaluate()`, `predict()`), results of
  lm-evaluation-harness, scikit-learn reports, MLflow runs (also as `mlflow.entities.Run`) and so on.

Numbers may be scalars of numpy, arrays and tensors of no dimension, and what else Python can make a float of.
"""

import os
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from gitgates.config.metric_paths import find_metric_paths
from gitgates.errors import InputFileError, InvalidValue
from gitgates.formats.base import Reading, Role
from gitgates.formats.candidates import Candidates, leaves
from gitgates.formats.document import JsonDocument
from gitgates.formats.options import DEFAULTS, ReadOptions
from gitgates.formats.registry import FORMATS
from gitgates.formats.taking import own_names_first, take
from gitgates.model.fields import as_number
from gitgates.model.metric_paths import METRICS, check_path
from gitgates.model.metrics import ModelMetrics, TestMetrics

_RESULTS = "results"
"""What stands for a file's name in errors."""
_MAX_DEPTH = 50
_TESTS = tuple(field.name for field in attrs.fields(TestMetrics))
_MODEL = tuple(field.name for field in attrs.fields(ModelMetrics))


def extract_test_metrics(results: object) -> TestMetrics | None:
    """Return the test metrics in `results`, or None where it tells nothing of tests.

    Raises:
        InvalidValue: a number is impossible.
    """
    if isinstance(results, TestMetrics):
        return results
    told = _mapping(results, _TESTS)
    own: dict[str, Any] = {name: told[name] for name in _TESTS if told.get(name) is not None}
    if own:
        return TestMetrics(**own)
    reading = _read(Role.TESTS, told, DEFAULTS)
    return None if reading is None or not isinstance(reading.metrics, TestMetrics) else reading.metrics


def extract_model_metrics(
    results: object, *, quality_score: str | None = None, metric_paths: Mapping[str, str] | None = None
) -> ModelMetrics:
    """Return the model metrics in `results`: the numbers that are mapped, and those that have the name of a metric.

    Args:
        quality_score: the name of the number that is the quality score, as `check --quality-score` takes it.
        metric_paths: for each metric the name of its number; None: what the project's files say in
            `[tool.afs.gates.metrics]`.

    Raises:
        InvalidValue: no number is the quality score, a mapped one is not there, or one is impossible. Which number is
            the quality score is never guessed; the error names the candidates.
        ConfigError: a file of the project cannot be understood.
    """
    if isinstance(results, ModelMetrics):
        return results
    chosen = {} if quality_score is None else {"quality_score": quality_score}
    paths = dict(find_metric_paths(os.curdir) if metric_paths is None else metric_paths)
    for metric, path in (paths | chosen).items():
        _check(metric, path)
    told = _mapping(results, _MODEL)
    try:
        reading = _read(Role.MODEL, told, ReadOptions(metric_paths=paths | chosen))
        if reading is None:
            found = _numbers(told)
            options = ReadOptions(metric_paths=own_names_first(found, paths) | chosen)
            reading = take(found, "values", options, own=_MODEL, meant=_MODEL)
    except InputFileError as error:
        raise InvalidValue(error.message, remedy=error.remedy) from None
    if not isinstance(reading.metrics, ModelMetrics):
        raise TypeError(f"the format {reading.format} gave {type(reading.metrics).__name__}")
    return reading.metrics


def _check(metric: str, path: object) -> None:
    if metric not in METRICS:
        raise InvalidValue(f"unknown metric {metric!r}", field="metric_paths", remedy=f"Known: {', '.join(METRICS)}")
    try:
        check_path(path)
    except InvalidValue as error:
        raise InvalidValue(error.message, field=metric) from None


def _read(role: Role, told: dict[str, Any], options: ReadOptions) -> Reading | None:
    """Return what the format gives whose marks `told` has, None where it is of none."""
    document = JsonDocument(_RESULTS, told)
    for entry in FORMATS:
        if role in entry.roles and entry.syntax == "json" and not told.keys().isdisjoint(entry.marks):
            found = entry.load()
            if found.matches(document):
                return found.read(document, options)
    return None


def _numbers(told: dict[str, Any]) -> Candidates:
    """Return all numbers in `told`, by their keys joined by dots."""
    found = Candidates(_RESULTS)
    for name, value in leaves(told):
        if not isinstance(value, str | list):
            found.add(name, value, name)
    return found


def _mapping(results: object, names: Iterable[str]) -> dict[str, Any]:
    """Return the plain values in an object; `names` are attributes that it may have without telling of them."""
    if callable(export := getattr(results, "to_dictionary", None)):  # an MLflow run
        results = export()
    elif hasattr(results, "predictions") and isinstance(metrics := getattr(results, "metrics", None), Mapping):
        results = metrics  # of Trainer.predict()
    if isinstance(results, Mapping):
        plain = _plain(results, 0)
    else:
        held = {name: value for name, value in _attributes(results).items() if _is_told(value)}
        held |= {name: value for name in names if _is_told(value := getattr(results, name, None))}
        plain = _plain(held, 0)
    if "quality_score" not in plain and callable(score := getattr(results, "overall_score", None)):
        plain["quality_score"] = _plain(score(), 0)
    return dict(plain)


def _attributes(results: object) -> dict[str, Any]:
    if attrs.has(type(results)):
        return attrs.asdict(results, recurse=False)  # type: ignore[arg-type]  # attrs.has has told
    return {name: value for name, value in getattr(results, "__dict__", {}).items() if not name.startswith("_")}


def _is_told(value: object) -> bool:
    """Tell whether an attribute says something by itself; a pipeline's objects also hold models and data sets."""
    return isinstance(value, Mapping) or isinstance(as_number(value), int | float)  # type: ignore[arg-type]


def _plain(value: Any, depth: int) -> Any:
    """Return `value` as JSON would hold it; what JSON could not hold stays as it is, and is no number."""
    if depth > _MAX_DEPTH:
        raise InvalidValue(f"is nested more than {_MAX_DEPTH} levels deep", field=_RESULTS)
    if isinstance(value, Mapping):
        return {str(key): _plain(child, depth + 1) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(child, depth + 1) for child in value]
    return as_number(value)
