"""AFS as the reference document takes it for granted: stand-ins for its modules, and the names it leaves open."""

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import attrs
import pytest

import _gitgates_afs
from gitgates import ModelMetrics, TestMetrics


def forget_afs() -> None:
    """Have nothing imported under the name `afs`."""
    for name in [name for name in sys.modules if name == "afs" or name.startswith("afs.")]:
        del sys.modules[name]


def serve_afs_gates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have `afs.gates` importable as where gitgates is installed; the caller forgets it afterwards."""
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    _gitgates_afs.install()
    forget_afs()


def stand_in(name: str, package: bool = False, **contents: object) -> ModuleType:
    """Put a module into `sys.modules`; `forget_afs` takes it out."""
    module = ModuleType(name)
    vars(module).update(contents)
    if package:
        module.__path__ = []
        module.__package__ = name
    sys.modules[name] = module
    return module


class Trainer:
    """`ModelTrainer`: what it is given does not matter here."""

    def train(self, *args: object) -> SimpleNamespace:
        return SimpleNamespace(version="6.2")

    def evaluate(self, model: SimpleNamespace) -> dict[str, float]:
        return {"quality": 0.91, "passed": 99}


class Analyzer:
    """`QualityMetrics` of AFS."""

    def __init__(self, domain: str) -> None:
        self.domain = domain

    def compute_instruction_clarity(self, code: str) -> SimpleNamespace:
        return SimpleNamespace(overall_score=lambda: 0.8)

    def compute_output_correctness(self, output: str) -> SimpleNamespace:
        return SimpleNamespace(overall_score=lambda: 0.9)


class Validator:
    """`ExampleValidator`: an example is its own quality."""

    def compute_quality(self, example: float) -> float:
        return example


class OldRegistry:
    """`ModelRegistry` of AFS."""

    def get_version(self, name: str, version: str) -> SimpleNamespace:
        return SimpleNamespace(status="completed")


@attrs.define
class Recorder:
    """A notifier, logger or alert channel that remembers what it was told."""

    said: list[Any] = attrs.field(factory=list)

    def send(self, **message: Any) -> None:
        self.said.append(message)

    def say(self, text: str) -> None:
        self.said.append(text)

    error = warning = send_critical = say


def provide_modules(notifier: Recorder) -> None:
    """Provide every module of AFS that the document imports beside `afs.gates`."""
    import afs  # type: ignore[import-not-found]  # noqa: F401 -- the empty one that gitgates' finder makes

    stand_in("afs.training", ModelTrainer=Trainer)
    stand_in("afs.quality", package=True)
    stand_in("afs.quality.metrics", QualityMetrics=Analyzer)
    stand_in("afs.registry", package=True)
    stand_in("afs.registry.database", ModelRegistry=OldRegistry)
    stand_in("afs.continuous", package=True)
    stand_in("afs.continuous.learning", ExampleValidator=Validator)
    stand_in("afs.notifications", NotificationManager=lambda: notifier)


def good_tests() -> TestMetrics:
    return TestMetrics(120, 119, 1, 0, 34.2, 93.0)


def good_model() -> ModelMetrics:
    return ModelMetrics(0.91, latency_ms=40.0, throughput_tokens_per_sec=100.0, memory_mb=2048.0)


def bad_model() -> ModelMetrics:
    return ModelMetrics(0.71, latency_ms=80.0, throughput_tokens_per_sec=100.0, memory_mb=2048.0)


def with_inputs(arguments: list[str], inputs: list[str] | None) -> list[str]:
    """Return a command's arguments with the `...` that the document ends it with replaced by real inputs."""
    if inputs is None:
        return arguments
    assert arguments[-1] == "..."
    return [*arguments[:-1], *inputs]
