"""What a format is, and what reading a file gives."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from attrs import field

from gitgates.errors import InputFileError, InvalidValue
from gitgates.formats.document import Document
from gitgates.formats.options import ReadOptions
from gitgates.model.frozen import frozen
from gitgates.model.metrics import ModelMetrics, SecurityScanResults, TestMetrics

if TYPE_CHECKING:
    from gitgates.formats.numbers import Numbers

MetricsOfRole = TestMetrics | ModelMetrics | SecurityScanResults
AnyMetrics = TypeVar("AnyMetrics", TestMetrics, ModelMetrics, SecurityScanResults)


class Role(StrEnum):
    """What a file is given for. A baseline is read as MODEL."""

    TESTS = "tests"
    MODEL = "model"
    SECURITY = "security"

    @property
    def flags(self) -> str:
        """The flags of `check` that take files of this role, as text for a message."""
        return _FLAGS[self]


_FLAGS = {
    Role.TESTS: "--test-metrics",
    Role.MODEL: "--metrics or --baseline",
    Role.SECURITY: "--security-scan",
}


_SAME_NAMES: Mapping[str, str] = MappingProxyType({})


@frozen
class Reading:
    """The metrics that one file gives.

    Attributes:
        file: the file's name, as the user gave it.
        format: name of the format that read it, e.g. `junit-xml`.
        notes: what the reader should know beside the numbers, one sentence each.
        mapped: (metric, path) of the numbers that were chosen among several: those of a model that the user or the
            policy named, and the figure of a report of coverage.
        numbers: gives all numbers of the file by name, for metrics of the project's own; None: it names none.
    """

    file: str
    format: str
    metrics: MetricsOfRole
    notes: tuple[str, ...] = ()
    mapped: tuple[tuple[str, str], ...] = ()
    numbers: "Callable[[], Numbers] | None" = field(default=None, eq=False, repr=False)


@frozen
class Format:
    """One kind of file, found by its content.

    Attributes:
        name: stands in records, so it never changes.
        title: for people, e.g. `JUnit XML`.
        roles: what such a file can be given for.
        matches: tells whether a document is of this format; never raises.
        read: returns the metrics, or raises `InputFileError` with the file and the field.
    """

    name: str
    title: str
    roles: tuple[Role, ...]
    matches: Callable[[Document], bool] = field(repr=False)
    read: Callable[[Document, ReadOptions], Reading] = field(repr=False)


def measured(
    file: str, kind: type[AnyMetrics], values: Mapping[str, object], fields: Mapping[str, str] = _SAME_NAMES
) -> AnyMetrics:
    """Return metrics of `kind` with `values`.

    Args:
        file: where they come from, for the error.
        fields: for each value, the path of the field in the file, where it is called otherwise there.

    Raises:
        InputFileError: a number is impossible; it names the field of the file.
    """
    try:
        return kind(**values)  # type: ignore[arg-type]  # the class converts and checks every value
    except InvalidValue as error:
        where = fields.get(error.field, error.field)
        raise InputFileError(file, f"{where}: {error.bare_message}", remedy=error.remedy) from None
