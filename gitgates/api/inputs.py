"""The files that a command names, turned into metrics, and named in the record by their digests."""

from collections.abc import Sequence

import attrs

from gitgates.api.files import File, Files, nothing_to_compare
from gitgates.errors import InputFileError, UsageError
from gitgates.formats.base import Reading, Role
from gitgates.formats.detect import read, read_document
from gitgates.formats.merge import merge_model, merge_security, merge_tests, together, unlisted
from gitgates.formats.options import DEFAULTS, ReadOptions
from gitgates.model.frozen import frozen
from gitgates.model.metric_paths import MetricPath
from gitgates.model.metrics import Metrics, ModelMetrics, TestMetrics
from gitgates.model.provenance import Baseline, Input


@frozen
class Inputs:
    """What was read.

    Attributes:
        metrics: of the model version; the model's carry the baseline's values.
        files: what the record says of each file.
        notes: what readers of the files should know beside the numbers.
        model, compared: what the file of metrics and that of the baseline gave, for metrics of the project's own.
    """

    metrics: Metrics
    baseline: Baseline | None
    files: tuple[Input, ...]
    notes: tuple[str, ...]
    model: Reading | None = None
    compared: Reading | None = None


NOTHING = Inputs(Metrics(), None, (), ())


def read_inputs(files: Files, options: ReadOptions = DEFAULTS) -> Inputs:
    """Read the files of each role and merge them.

    Args:
        options: how they are to be read. What the policy pins holds for the baseline too, but that it may have the
            number under the metric's own name, as files that were written for gitgates do.

    Raises:
        InputFileError: a file is of the wrong kind, or holds impossible numbers; or the files tell of fewer tests
            than expected.
        UsageError: a figure of coverage is chosen, and no file gives coverage.
    """
    collector = _Collector()
    test_readings = [collector.read("tests", Role.TESTS, file, options) for file in files.tests]
    model_readings = [collector.read("model", Role.MODEL, file, options) for file in filter(None, [files.model])]
    security_readings = [collector.read("security", Role.SECURITY, file, options) for file in files.security]
    test_metrics = _tests(test_readings, files) if test_readings else None
    for reading in model_readings:
        if files.quality_score is not None and ("quality_score", files.quality_score) not in reading.mapped:
            raise InputFileError(reading.file, f"has no number {files.quality_score}, which --quality-score names")
    model_metrics = merge_model(model_readings) if model_readings else None
    compared: Baseline | None = None
    baseline_reading: Reading | None = None
    if files.baseline is not None and model_metrics is not None:
        baseline_reading = collector.read("baseline", Role.MODEL, files.baseline, attrs.evolve(options, own_names=True))
        baseline_metrics = merge_model([baseline_reading])
        model_metrics = model_metrics.with_baseline(baseline_metrics)
        compared = Baseline(source="file", metrics=baseline_metrics.without_baseline())
    metrics = Metrics(
        tests=test_metrics,
        model=model_metrics if model_metrics is not None and model_metrics.to_dict() else None,
        security=merge_security(security_readings) if security_readings else None,
    )
    notes = (*collector.notes, *(f"all scans together: {note}" for note in unlisted(security_readings)))
    own = model_readings[0] if model_readings else None
    return Inputs(metrics, compared, tuple(collector.inputs), notes, own, baseline_reading)


def with_baseline(inputs: Inputs, baseline: Baseline) -> Inputs:
    """Return `inputs` with the numbers of `baseline`, and of nothing else, to compare with.

    Raises:
        UsageError: there are no metrics of the model to compare.
    """
    if inputs.model is None:
        raise nothing_to_compare()
    model = (inputs.metrics.model or ModelMetrics(None)).without_baseline().with_baseline(baseline.metrics)
    metrics = attrs.evolve(inputs.metrics, model=model if model.to_dict() else None)
    return attrs.evolve(inputs, metrics=metrics, baseline=baseline)


def _tests(readings: Sequence[Reading], files: Files) -> TestMetrics:
    """Merge the readings, and hold them to what the user says of them."""
    merged = merge_tests(readings)
    if files.coverage is not None and merged.coverage_percent is None:
        raise UsageError("--coverage is given, and no file gives coverage", remedy="Give a report of the coverage tool")
    expected = files.expect_tests
    if expected is None:
        return merged
    together_named = together([reading.file for reading in readings])
    if merged.total_tests is None:
        raise InputFileError(together_named, f"tells of no tests, and --expect-tests expects {expected}")
    if (ran := merged.total_tests - (merged.skipped_tests or 0)) < expected:
        skipped = f" ({merged.skipped_tests} skipped)" if merged.skipped_tests else ""
        raise InputFileError(
            together_named,
            f"tells of {ran} tests that ran{skipped}, and --expect-tests expects at least {expected}",
            remedy="Find the tests that are missing, such as a file that failed to load, or expect fewer",
        )
    return merged


class _Collector:
    """Reads files and remembers what to record of them."""

    def __init__(self) -> None:
        self.inputs: list[Input] = []
        self.notes: list[str] = []

    def read(self, role: str, kind: Role, file: File, options: ReadOptions) -> Reading:
        if isinstance(file.content, bytes):
            reading = read(kind, file.path, file.content, options)
        else:
            from gitgates.formats.document import FolderDocument  # few metrics are folders

            reading = read_document(kind, FolderDocument(file.path, file.content), options)
        self.inputs.append(_input(role, file, reading))
        self.notes += [f"{file.path}: {note}" for note in reading.notes]
        return reading


def _input(role: str, file: File, reading: Reading) -> Input:
    """Return what the record says of a file; a plug-in's format may tell anything of what it took."""
    try:
        read_from = tuple(MetricPath(metric, path) for metric, path in reading.mapped)
        return Input(role, file.name, reading.format, file.sha256, read_from=read_from)
    except (TypeError, ValueError) as error:
        raise InputFileError(reading.file, f"the format {reading.format} tells wrongly what it took: {error}") from None
