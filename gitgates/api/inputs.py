"""The files that `check` is given: read once, turned into metrics, and named in the record by their digests."""

import os
from collections.abc import Sequence
from hashlib import sha256

from gitgates.artifacts.files import read_input
from gitgates.errors import InputFileError, InvalidValue, UsageError
from gitgates.formats.base import Reading, Role
from gitgates.formats.detect import read, read_document
from gitgates.formats.merge import merge_model, merge_security, merge_tests, together, unlisted
from gitgates.formats.options import DEFAULTS, ReadOptions
from gitgates.model.frozen import frozen
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


def read_inputs(
    tests: Sequence[str],
    model: str | None,
    security: Sequence[str],
    baseline: str | None,
    options: ReadOptions = DEFAULTS,
    expect_tests: int | None = None,
    quality_score: str | None = None,
) -> Inputs:
    """Read the files of each role and merge them.

    Args:
        options: what the user says about how the files are to be read.
        expect_tests: how many tests must have run at least.
        quality_score: the name of the number in `model` that is the quality score, and in `baseline` where it has one.

    Raises:
        InputFileError: a file cannot be read, is of the wrong kind, or holds impossible numbers; or the files tell of
            fewer tests than expected.
        UsageError: there is no file, or a baseline without metrics to compare.
    """
    if not (tests or model or security):
        raise UsageError(
            "nothing to check", remedy="Give at least one of --test-metrics, --metrics and --security-scan"
        )
    if baseline and not model:
        raise _nothing_to_compare()
    _refuse_alone(tests, model, (expect_tests, options.coverage), quality_score)
    if quality_score is not None:
        options = _with_quality(options, quality_score)
    collector = _Collector(options)
    test_readings = [collector.read("tests", Role.TESTS, path) for path in tests]
    model_readings = [collector.read("model", Role.MODEL, path) for path in filter(None, [model])]
    security_readings = [collector.read("security", Role.SECURITY, path) for path in security]
    test_metrics = _tests(test_readings, options, expect_tests) if test_readings else None
    for reading in model_readings:
        if quality_score is not None and ("quality_score", quality_score) not in reading.mapped:
            raise InputFileError(reading.file, f"has no number {quality_score}, which --quality-score names")
    model_metrics = merge_model(model_readings) if model_readings else None
    compared: Baseline | None = None
    baseline_reading: Reading | None = None
    if baseline and model_metrics is not None:
        baseline_reading = collector.read("baseline", Role.MODEL, baseline)
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


def _refuse_alone(
    tests: Sequence[str], model: str | None, of_tests: tuple[object, object], quality_score: str | None
) -> None:
    """Raise UsageError for an option about files that are not given."""
    for option, given in zip(("--expect-tests", "--coverage"), of_tests, strict=True):
        if given is not None and not tests:
            raise UsageError(f"{option} is given without --test-metrics", remedy="Give what the tests left behind")
    if quality_score is not None and not model:
        raise UsageError("--quality-score is given without --metrics", remedy="Give the metrics that it is among")


def with_baseline(inputs: Inputs, baseline: Baseline) -> Inputs:
    """Return `inputs` with the numbers of `baseline`, and of nothing else, to compare with.

    Raises:
        UsageError: there are no metrics of the model to compare.
    """
    import attrs  # the model has loaded it already

    if inputs.model is None:
        raise _nothing_to_compare()
    model = (inputs.metrics.model or ModelMetrics(None)).without_baseline().with_baseline(baseline.metrics)
    metrics = attrs.evolve(inputs.metrics, model=model if model.to_dict() else None)
    return attrs.evolve(inputs, metrics=metrics, baseline=baseline)


def _nothing_to_compare() -> UsageError:
    return UsageError("--baseline is given without --metrics", remedy="Give the metrics to compare with it")


def _tests(readings: Sequence[Reading], options: ReadOptions, expected: int | None) -> TestMetrics:
    """Merge the readings, and hold them to what the user says of them."""
    merged = merge_tests(readings)
    if options.coverage is not None and merged.coverage_percent is None:
        raise UsageError("--coverage is given, and no file gives coverage", remedy="Give a report of the coverage tool")
    if expected is None:
        return merged
    files = together([reading.file for reading in readings])
    if merged.total_tests is None:
        raise InputFileError(files, f"tells of no tests, and --expect-tests expects {expected}")
    if (ran := merged.total_tests - (merged.skipped_tests or 0)) < expected:
        skipped = f" ({merged.skipped_tests} skipped)" if merged.skipped_tests else ""
        raise InputFileError(
            files,
            f"tells of {ran} tests that ran{skipped}, and --expect-tests expects at least {expected}",
            remedy="Find the tests that are missing, such as a file that failed to load, or expect fewer",
        )
    return merged


def _with_quality(options: ReadOptions, name: str) -> ReadOptions:
    """Return the options with the number that the command line names."""
    from gitgates.config.metric_paths import check_path

    try:
        paths = {**options.metric_paths, "quality_score": check_path(name)}
        return ReadOptions(options.coverage, paths, options.own_paths)
    except InvalidValue as error:
        raise UsageError(f"--quality-score: {error.message}") from None


class _Collector:
    """Reads files and remembers what to record of them."""

    def __init__(self, options: ReadOptions) -> None:
        self._options = options
        self.inputs: list[Input] = []
        self.notes: list[str] = []

    def read(self, role: str, kind: Role, path: str) -> Reading:
        if kind is Role.MODEL and os.path.isdir(path):
            reading, digest = _read_folder(path, self._options)
        else:
            data = read_input(path)
            reading, digest = read(kind, path, data, self._options), sha256(data).hexdigest()
        # The name alone: where the file lay on somebody's machine is nobody's business.
        name = os.path.basename(os.path.abspath(path))
        mapped = ", ".join(f"{metric} = {number}" for metric, number in reading.mapped)
        read_as = f"{reading.format} ({mapped})" if mapped else reading.format
        self.inputs.append(Input(role, name, read_as, digest))
        self.notes += [f"{path}: {note}" for note in reading.notes]
        return reading


def _read_folder(path: str, options: ReadOptions) -> tuple[Reading, str]:
    """Return what the folder of a run gives, and one digest of what was read of it."""
    from gitgates.artifacts.folders import digest_of, read_folder
    from gitgates.formats.document import FolderDocument
    from gitgates.formats.mlflow_store import PARTS

    files = read_folder(path, PARTS)
    return read_document(Role.MODEL, FolderDocument(path, files), options), digest_of(files)
