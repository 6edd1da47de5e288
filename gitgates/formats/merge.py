"""Several files of one role make one set of metrics.

| what | rule |
|---|---|
| test counts | add up: each file is a suite of its own |
| coverage | from one file; two figures cannot be combined without the lines behind them |
| duration | adds up over the files with counts, if all of them tell it |
| critical, high, medium | add up; where one file tells a severity and another does not, both are refused |
| low, unknown severity | add up over the files that tell them; not measured where that gives nothing |
| listed vulnerabilities | add up over the files that list them; none, with a note, where a record cannot hold them |
| model metrics | from one file |

What one file did not measure is never taken as zero.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeVar

from gitgates.errors import InputFileError
from gitgates.formats.base import MetricsOfRole, Reading, measured
from gitgates.formats.named import named
from gitgates.model.metrics import ModelMetrics, SecurityScanResults, TestMetrics

Kind = TypeVar("Kind", bound=MetricsOfRole)

_COUNTS = ("total_tests", "passed_tests", "failed_tests", "skipped_tests")
_JUDGED = ("critical_vulnerabilities", "high_vulnerabilities", "medium_vulnerabilities")
_NOT_IN_ALL = ("low_vulnerabilities", "unknown_vulnerabilities")


def merge_tests(readings: Sequence[Reading]) -> TestMetrics:
    """Return the test metrics of all `readings` together.

    Raises:
        InputFileError: a file is given twice, two give coverage, or the counts cannot be added up.
    """
    parts = _parts(readings, TestMetrics)
    if len(parts) == 1:
        return parts[0][1]
    covering = [(file, metrics) for file, metrics in parts if metrics.coverage_percent is not None]
    if len(covering) > 1:
        raise InputFileError(
            covering[1][0],
            f"gives coverage, and so does {covering[0][0]}",
            remedy="Give coverage in one file; combine the runs with the coverage tool",
        )
    counting = [(file, metrics) for file, metrics in parts if metrics.total_tests is not None]
    values: dict[str, object] = {name: _sum_of_all(counting, name) for name in _COUNTS}
    durations = [metrics.duration_seconds for _, metrics in counting]
    values["duration_seconds"] = sum(known) if len(known := _known(durations)) == len(durations) and known else None
    values["coverage_percent"] = covering[0][1].coverage_percent if covering else None
    return measured(together(file for file, _ in parts), TestMetrics, values)


def merge_security(readings: Sequence[Reading]) -> SecurityScanResults:
    """Return the security scans of all `readings` together.

    Raises:
        InputFileError: a file is given twice, or the counts cannot be added up.
    """
    parts = _parts(readings, SecurityScanResults)
    if len(parts) == 1:
        return parts[0][1]
    values: dict[str, object] = {name: _sum_of_all(parts, name) for name in _JUDGED}
    for name in _NOT_IN_ALL:
        values[name] = sum(_known([getattr(metrics, name) for _, metrics in parts])) or _sum_if_all(parts, name)
    values["vulnerabilities"], _ = named(_listed([metrics for _, metrics in parts]))
    tools = dict.fromkeys(metrics.scan_tool for _, metrics in parts if metrics.scan_tool)
    times = {metrics.scan_timestamp for _, metrics in parts}
    values["scan_tool"] = "+".join(tools) or None
    values["scan_timestamp"] = times.pop() if len(times) == 1 else None
    return measured(together(file for file, _ in parts), SecurityScanResults, values)


def unlisted(readings: Sequence[Reading]) -> tuple[str, ...]:
    """Return notes on the vulnerabilities that each file of several lists, and all together are too many to list."""
    scans = [reading.metrics for reading in readings if isinstance(reading.metrics, SecurityScanResults)]
    return named(_listed(scans))[1] if len(scans) > 1 else ()


def _listed(scans: Sequence[SecurityScanResults]) -> Counter[tuple[str, str]]:
    counted: Counter[tuple[str, str]] = Counter()
    for scan in scans:
        counted.update({(item.id, item.severity): item.count for item in scan.vulnerabilities or ()})
    return counted


def merge_model(readings: Sequence[Reading]) -> ModelMetrics:
    """Return the model metrics of the only reading.

    Raises:
        InputFileError: there are several.
    """
    parts = _parts(readings, ModelMetrics)
    if len(parts) > 1:
        raise InputFileError(parts[1][0], f"gives model metrics, and so does {parts[0][0]}", remedy="Give one of them")
    return parts[0][1]


def _parts(readings: Sequence[Reading], kind: type[Kind]) -> list[tuple[str, Kind]]:
    parts: list[tuple[str, Kind]] = [
        (reading.file, reading.metrics) for reading in readings if isinstance(reading.metrics, kind)
    ]
    if not parts or len(parts) < len(readings):
        raise TypeError(f"readings to merge must all be of {kind.__name__}, and at least one")
    seen: set[str] = set()
    for file, _ in parts:
        if file in seen:
            raise InputFileError(file, "is given twice", remedy="Its counts would count twice; give it once")
        seen.add(file)
    return parts


def _known(values: Sequence[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _sum_if_all(parts: Sequence[tuple[str, Kind]], name: str) -> int | None:
    values = [getattr(metrics, name) for _, metrics in parts]
    return None if None in values else sum(values)


def _sum_of_all(parts: Sequence[tuple[str, Kind]], name: str) -> int | None:
    """Return the sum, None where no part tells it.

    Raises:
        InputFileError: some tell it and others do not. Leaving it out would hide what is known, and taking it as zero
            would invent what is not.
    """
    silent = [file for file, metrics in parts if getattr(metrics, name) is None]
    if silent and len(silent) < len(parts):
        told = next(file for file, metrics in parts if getattr(metrics, name) is not None)
        raise InputFileError(
            silent[0], f"does not tell {name}, and {told} does", remedy=f"Give files that all tell {name}"
        )
    return _sum_if_all(parts, name) if parts else None


def together(files: Iterable[str]) -> str:
    """Return what stands for all files in an error about their sum."""
    return " + ".join(files)
