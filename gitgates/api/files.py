"""The files that a command names: their bytes, read once, and what the command says of them."""

import os
from collections.abc import Mapping, Sequence
from hashlib import sha256

from attrs import field

from gitgates.artifacts.files import read_input
from gitgates.errors import InvalidValue, UsageError
from gitgates.model.frozen import frozen
from gitgates.model.metric_paths import check_path


@frozen
class File:
    """One file, or the folder of a run, as it was when it was read.

    Attributes:
        content: the bytes; of a folder by path.
        sha256: their digest, as the record has it.
        name: what the record calls it; of a file its name alone, since where it lay on somebody's machine is nobody's
            business.
    """

    path: str
    content: bytes | Mapping[str, bytes] = field(eq=False, repr=False)
    sha256: str
    name: str = field()

    @name.default
    def _name_alone(self) -> str:
        return os.path.basename(os.path.abspath(self.path))


@frozen(kw_only=True)
class Files:
    """All files of a check.

    Attributes:
        expect_tests: how many tests must have run at least.
        quality_score: the name of the number in `model` that is the quality score, and in `baseline` where it has one.
        coverage: the figure of a report of coverage that is taken.
    """

    tests: tuple[File, ...] = ()
    model: File | None = None
    security: tuple[File, ...] = ()
    baseline: File | None = None
    expect_tests: int | None = None
    quality_score: str | None = None
    coverage: str | None = None


def load_files(
    tests: Sequence[str],
    model: "str | File | None",
    security: Sequence[str],
    baseline: str | None = None,
    *,
    expect_tests: int | None = None,
    quality_score: str | None = None,
    coverage: str | None = None,
) -> Files:
    """Return the files at these paths; what they mean is told by `api.inputs.read_inputs`.

    Raises:
        InputFileError: a file cannot be read.
        UsageError: there is no file, a baseline without metrics to compare, or an option about what is not given.
    """
    if not (tests or model or security):
        raise UsageError(
            "nothing to check", remedy="Give at least one of --test-metrics, --metrics and --security-scan"
        )
    if baseline and not model:
        raise nothing_to_compare()
    if expect_tests is not None and expect_tests < 1:
        raise UsageError(f"--expect-tests: must be at least 1, got {expect_tests}")
    for option, given in (("--expect-tests", expect_tests), ("--coverage", coverage)):
        if given is not None and not tests:
            raise UsageError(f"{option} is given without --test-metrics", remedy="Give what the tests left behind")
    if quality_score is not None:
        _refuse_wrong_name(quality_score, model)
    return Files(
        tests=tuple(_file(path) for path in tests),
        model=_file_or_folder(model) if isinstance(model, str) and model else model or None,
        security=tuple(_file(path) for path in security),
        baseline=_file_or_folder(baseline) if baseline else None,
        expect_tests=expect_tests,
        quality_score=quality_score,
        coverage=coverage,
    )


def nothing_to_compare() -> UsageError:
    """Return the error for a baseline without metrics."""
    return UsageError("--baseline is given without --metrics", remedy="Give the metrics to compare with it")


def _refuse_wrong_name(quality_score: str, model: str | File | None) -> None:
    if not model:
        raise UsageError("--quality-score is given without --metrics", remedy="Give the metrics that it is among")
    try:
        check_path(quality_score)
    except InvalidValue as error:
        raise UsageError(f"--quality-score: {error.message}") from None


def _file(path: str) -> File:
    data = read_input(path)
    return File(path, data, sha256(data).hexdigest())


def _file_or_folder(path: str) -> File:
    if not os.path.isdir(path):
        return _file(path)
    from gitgates.artifacts.folders import digest_of, read_folder  # few metrics are folders
    from gitgates.formats.mlflow_store import PARTS

    found = read_folder(path, PARTS)
    return File(path, found, digest_of(found))
