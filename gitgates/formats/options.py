"""What the user says about how files are to be read."""

from collections.abc import Mapping
from types import MappingProxyType

from attrs import field

from gitgates.model import fields
from gitgates.model.frozen import frozen
from gitgates.model.metric_paths import COVERAGE_FIGURES

_NO_PATHS: Mapping[str, str] = MappingProxyType({})


@frozen
class ReadOptions:
    """Choices that a file cannot make for itself.

    Attributes:
        coverage: which figure of a coverage report is taken, one of `COVERAGE_FIGURES`; None: the one that the format
            states as its own.
        metric_paths: for the name of a metric, such as `quality_score`, the path of its number in the file, such as
            `tasks.arc_challenge.acc_norm`.
        own_paths: the paths of further numbers, of metrics of the project's own in any context; None where nobody takes
            any.
        pinned: the metrics whose number the policy names. Such a metric is not measured where the file lacks the
            number, and never taken from one of another name.
        own_names: whether files in our own format may yet have a pinned metric under its own name.
    """

    coverage: str | None = field(default=None, validator=fields.maybe(fields.one_of(*COVERAGE_FIGURES)))
    metric_paths: Mapping[str, str] = field(factory=lambda: _NO_PATHS, hash=False)
    own_paths: frozenset[str] | None = None
    pinned: frozenset[str] = frozenset()
    own_names: bool = False


DEFAULTS = ReadOptions()
