"""What `check` is asked: what was measured, of which version, and how it is to be judged."""

from typing import TYPE_CHECKING

from gitgates.api.files import Files
from gitgates.api.inputs import NOTHING, Inputs
from gitgates.config.metric_paths import Tables
from gitgates.model.baselines import Asked
from gitgates.model.frozen import frozen
from gitgates.model.names import ModelVersion
from gitgates.model.provenance import Artifact
from gitgates.model.thresholds import GateThresholds

if TYPE_CHECKING:
    from gitgates.ledger.baselines import Found
    from gitgates.model.claims import Claim


@frozen(kw_only=True)
class Request:
    """What is to be checked.

    Attributes:
        files: what was measured.
        thresholds: what the caller sets beyond the configuration.
        strict: use production's thresholds wherever they are stricter.
        baseline: what of the ledger to compare with; a file is among the inputs.
        commit: a revision; None for HEAD.
        inputs: what the files gave; how they are read is also for the policy to say, see `with_inputs`.
        afs_status: the version's status in AFS's model registry, where it was looked up.
        compared: the report that the baseline turned out to be; its numbers are then among the inputs.
        tables: the settings in the project's files, once they are read.
        claims: what the CI system says of its run, unverified.
        again: record even what is recorded already; see `ledger.rerun`.
    """

    name: ModelVersion
    context: str
    files: Files = Files()
    thresholds: GateThresholds | None = None
    strict: bool = False
    baseline: Asked | None = None
    commit: str | None = None
    artifacts: tuple[Artifact, ...] = ()
    afs_status: str | None = None
    inputs: Inputs = NOTHING
    compared: "Found | None" = None
    tables: Tables = ()
    claims: "tuple[Claim, ...]" = ()
    again: bool = False
