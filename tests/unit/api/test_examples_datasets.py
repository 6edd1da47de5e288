"""`ExampleGate` in the hands of Hugging Face's `datasets`."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gitgates.api.examples import ExampleGate
from gitgates.errors import InvalidValue

pytestmark = pytest.mark.xdist_group("datasets")  # one import of it is enough

SCORES = [0.9, 0.1, 0.5, 0.49, 1.0]


@pytest.fixture
def datasets(monkeypatch: pytest.MonkeyPatch, home: Path) -> Any:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")
    return pytest.importorskip("datasets")


@pytest.fixture
def examples(datasets: Any) -> Any:
    return datasets.Dataset.from_dict({"quality": SCORES, "text": list("abcde")})


@pytest.mark.parametrize("form", [None, "numpy", "pandas"])
@pytest.mark.parametrize("batch_size", [2, 1000])
def test_filter_in_batches(examples: Any, form: str | None, batch_size: int) -> None:
    kept = examples.with_format(form).filter(ExampleGate("development"), batched=True, batch_size=batch_size)
    assert kept.with_format(None)["text"][:] == ["a", "c", "e"]


def test_filter_one_by_one(examples: Any) -> None:
    assert examples.filter(ExampleGate("production"))["text"][:] == ["a", "e"]


@pytest.mark.parametrize("form", [{}, {"type": "numpy", "dtype": np.float64}])
def test_map_over_batches(examples: Any, form: dict[str, Any]) -> None:
    kept = examples.with_format(**form).map(ExampleGate("development").map_batch, batched=True, batch_size=2)
    assert kept.with_format(None)[:] == {"quality": [0.9, 0.5, 1.0], "text": ["a", "c", "e"]}


def test_a_column_of_32_bits(datasets: Any) -> None:
    features = datasets.Features({"quality": datasets.Value("float32")})
    examples = datasets.Dataset.from_dict({"quality": [0.7, 0.71]}, features=features)
    for form in (None, "numpy"):
        kept = examples.with_format(form).filter(ExampleGate("staging"), batched=True)
        assert [float(np.float32(score)) for score in kept["quality"]] == [float(np.float32(0.71))]


def test_an_example_without_a_score_stops_the_filter(datasets: Any) -> None:
    examples = datasets.Dataset.from_dict({"quality": [0.9, None]})
    with pytest.raises(InvalidValue, match=r"quality\[1\]: is missing"):
        examples.filter(ExampleGate("development"), batched=True)
