"""Where a report's content came from: what was checked, from which files, against which baseline, who set what."""

from typing import TYPE_CHECKING

from attrs import field

from gitgates.errors import InvalidValue
from gitgates.model import fields
from gitgates.model.frozen import frozen
from gitgates.model.late import claims, metric_paths
from gitgates.model.metrics import ModelMetrics
from gitgates.model.thresholds import NAMES

if TYPE_CHECKING:
    from gitgates.model.claims import Claim
    from gitgates.model.metric_paths import MetricPath

_some_id = fields.maybe(fields.record_id)


@frozen
class Artifact:
    """A file or folder that the report is about. A folder's digest is that of its sorted `sha256sum` lines."""

    path: str
    type: str = field(validator=fields.one_of("file", "folder"))
    sha256: str = field(validator=fields.record_id)
    size: int = field(validator=fields.count)

    @property
    def identity(self) -> tuple[str, str]:
        """What two artifacts that are the same share: a file can hold the very lines that a folder's digest is of."""
        return self.type, self.sha256


@frozen(kw_only=True)
class Subject:
    """What was checked.

    Attributes:
        commit: full id; None in a repository without a commit.
        dirty: whether the worktree differed from the commit.
    """

    commit: str | None = field(default=None, validator=fields.maybe(fields.commit_id))
    dirty: bool
    artifacts: tuple[Artifact, ...] = ()


@frozen
class Origin:
    """Who set a threshold: `pyproject.toml`, `gates.toml`, `command line`, `--strict` or `call`."""

    threshold: str = field(validator=fields.one_of(*NAMES))
    source: str


@frozen
class Input:
    """A file that metrics were read from.

    Attributes:
        read_from: the number of each metric that was chosen among several; a metric that is absent here has its own
            name in the file, or is not in it.
    """

    role: str = field(validator=fields.one_of("tests", "model", "security", "baseline"))
    file: str
    format: str
    sha256: str = field(validator=fields.record_id)
    read_from: "tuple[MetricPath, ...] | None" = metric_paths()

    def __attrs_post_init__(self) -> None:
        """Refuse a metric that no file of this role gives."""
        if self.read_from:
            from gitgates.model.metric_paths import check_role

            check_role(self.role, self.read_from)


@frozen(kw_only=True)
class Baseline:
    """What the model was compared with.

    Attributes:
        source: `file` (named in the inputs), `record` (a report of this ledger) or `values` (given by a program).
    """

    source: str = field(validator=fields.one_of("file", "record", "values"))
    record: str | None = field(default=None, validator=_some_id)
    metrics: ModelMetrics

    def __attrs_post_init__(self) -> None:
        """Refuse a record that is not named, and one that is not the source."""
        if (self.source == "record") != (self.record is not None):
            raise InvalidValue("stands exactly where the source is 'record'", field="record")


@frozen
class Provenance:
    """What a report carries into its record beside its numbers.

    Attributes:
        claims: what the CI system says of its run, unverified.
    """

    origins: tuple[Origin, ...] = ()
    inputs: tuple[Input, ...] = ()
    baseline: Baseline | None = None
    afs_status: str | None = None
    claims: "tuple[Claim, ...] | None" = claims()
