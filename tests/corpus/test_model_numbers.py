"""Every number that the corpus knows of a file of model metrics can be named, and has the value that was written."""

import contextlib
import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from gitgates.errors import InputFileError
from gitgates.formats.base import Reading, Role
from gitgates.formats.detect import read
from gitgates.formats.options import ReadOptions
from tests.corpus import of_model

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
SKLEARN = {
    "accuracy": "accuracy",
    "macro_f1": "macro avg.f1-score",
    "weighted_f1": "weighted avg.f1-score",
    "macro_precision": "macro avg.precision",
    "macro_recall": "macro avg.recall",
}
Numbers = Iterator[tuple[str, float]]
DVC = {"train/loss": "train.loss", "val/accuracy": "val.accuracy"}


def _of_lm_eval(truth: dict[str, Any]) -> Numbers:
    for name, value in truth["results"].items():
        task, _, key = name.partition("/")
        if key != "sample_len" and "_stderr" not in key:
            yield f"tasks.{task}.{key.removesuffix(',none')}", value


def _of_trainer(truth: dict[str, Any]) -> Numbers:
    told = truth.get("last_eval", truth)
    yield from ((name, value) for name, value in told.items() if name not in ("epoch", "step"))


def _of_card(truth: dict[str, Any]) -> Numbers:
    (result,) = json.loads(truth["model_index"])[0]["results"]
    yield "text-generation.demo.accuracy", result["metrics"][0]["value"]


NUMBERS: dict[str, Callable[[dict[str, Any]], Numbers]] = {
    "lm-eval": _of_lm_eval,
    "mlflow": lambda truth: iter(truth.get("metrics_last", {}).items()),
    "sklearn-report": lambda truth: ((SKLEARN[name], value) for name, value in truth.items() if name in SKLEARN),
    "dvc": lambda truth: ((DVC.get(name, name), value) for name, value in truth.items()),
    "hf-trainer": _of_trainer,
    "hf-model-card": _of_card,
    "promptfoo": lambda truth: iter([("pass_rate", truth["pass_rate"])]),
    "deepeval": lambda truth: iter([("pass_rate", truth["passed"] / truth["test_cases"])]),
}
"""For each format the names of the numbers, as gitgates calls them, and their values."""


def _cases() -> list[tuple[str, str, float]]:
    if not (CORPUS / "manifest.toml").exists():
        return []
    entries = tomllib.loads((CORPUS / "manifest.toml").read_text(encoding="utf-8"))["file"]
    return [
        (entry["file"], name, value)
        for entry in entries
        if entry["format"] in NUMBERS
        for name, value in NUMBERS[entry["format"]](entry["truth"])
    ]


CASES = [case for case in _cases() if case[0] not in of_model.REFUSED]


def _read(file: str, name: str, metric: str) -> Reading:
    rule = of_model.RULES.get(file) or of_model.RULES[_format(file)]
    paths = {**rule.options.metric_paths, metric: name}
    return read(Role.MODEL, file, (CORPUS / file).read_bytes(), attrs.evolve(rule.options, metric_paths=paths))


def _format(file: str) -> str:
    return file.partition("/")[0]


@pytest.mark.parametrize(("file", "name", "value"), CASES, ids=[f"{file}:{name}" for file, name, _ in CASES])
def test_number_by_its_name(file: str, name: str, value: float) -> None:
    found = None
    for metric in ("throughput_tokens_per_sec", "memory_mb"):  # any number from 0, higher or lower is better
        with contextlib.suppress(InputFileError):
            found = _read(file, name, metric).metrics.to_dict()[metric]
    assert found == value


def test_numbers_of_the_corpus_are_not_passed_over() -> None:
    assert not CASES or len(CASES) > 40


def test_limit_and_noise_of_lm_eval_are_told() -> None:
    file = "lm-eval/results_dummy_limit7.json"
    if not (CORPUS / file).exists():
        pytest.skip("the corpus is not beside this checkout")
    reading = read(
        Role.MODEL,
        file,
        (CORPUS / file).read_bytes(),
        ReadOptions(metric_paths={"quality_score": "tasks.local_add.acc_norm"}),
    )
    assert reading.notes == (
        "quality_score is tasks.local_add.acc_norm (standard error 0.1844, 7 samples)",
        "only 7 of the 20 samples of local_add were evaluated",
    )
