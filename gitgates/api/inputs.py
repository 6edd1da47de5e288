"""The files that `check` is given: read once, turned into metrics, and named in the record by their digests."""

import os
from collections.abc import Sequence
from hashlib import sha256

from gitgates.artifacts.files import read_input
from gitgates.errors import UsageError
from gitgates.formats.base import Reading, Role
from gitgates.formats.detect import read
from gitgates.formats.merge import merge_model, merge_security, merge_tests, unlisted
from gitgates.model.frozen import frozen
from gitgates.model.metrics import Metrics, ModelMetrics
from gitgates.model.provenance import Baseline, Input


@frozen
class Inputs:
    """What was read.

    Attributes:
        metrics: of the model version; the model's carry the baseline's values.
        files: what the record says of each file.
        notes: what readers of the files should know beside the numbers.
    """

    metrics: Metrics
    baseline: Baseline | None
    files: tuple[Input, ...]
    notes: tuple[str, ...]


def read_inputs(tests: Sequence[str], model: str | None, security: Sequence[str], baseline: str | None) -> Inputs:
    """Read the files of each role and merge them.

    Raises:
        InputFileError: a file cannot be read, is of the wrong kind, or holds impossible numbers.
        UsageError: there is no file, or a baseline without metrics to compare.
    """
    if not (tests or model or security):
        raise UsageError(
            "nothing to check", remedy="Give at least one of --test-metrics, --metrics and --security-scan"
        )
    if baseline and not model:
        raise UsageError("--baseline is given without --metrics", remedy="Give the metrics to compare with it")
    collector = _Collector()
    test_readings = [collector.read("tests", Role.TESTS, path) for path in tests]
    model_readings = [collector.read("model", Role.MODEL, path) for path in filter(None, [model])]
    security_readings = [collector.read("security", Role.SECURITY, path) for path in security]
    model_metrics = merge_model(model_readings) if model_readings else None
    compared: Baseline | None = None
    if baseline and model_metrics is not None:
        baseline_metrics = merge_model([collector.read("baseline", Role.MODEL, baseline)])
        model_metrics = model_metrics.with_baseline(baseline_metrics)
        compared = Baseline(source="file", metrics=_own_values(baseline_metrics))
    metrics = Metrics(
        tests=merge_tests(test_readings) if test_readings else None,
        model=model_metrics,
        security=merge_security(security_readings) if security_readings else None,
    )
    notes = (*collector.notes, *(f"all scans together: {note}" for note in unlisted(security_readings)))
    return Inputs(metrics, compared, tuple(collector.inputs), notes)


def _own_values(metrics: ModelMetrics) -> ModelMetrics:
    """Return the metrics without their own baseline, which has no part in the comparison."""
    import attrs  # the model has loaded it already

    return attrs.evolve(metrics, baseline_quality_score=None, baseline_latency_ms=None, baseline_memory_mb=None)


class _Collector:
    """Reads files and remembers what to record of them."""

    def __init__(self) -> None:
        self.inputs: list[Input] = []
        self.notes: list[str] = []

    def read(self, role: str, kind: Role, path: str) -> Reading:
        data = read_input(path)
        reading = read(kind, path, data)
        # The name alone: where the file lay on somebody's machine is nobody's business.
        self.inputs.append(Input(role, os.path.basename(path), reading.format, sha256(data).hexdigest()))
        self.notes += [f"{path}: {note}" for note in reading.notes]
        return reading
