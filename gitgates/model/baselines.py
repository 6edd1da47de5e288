"""What of the ledger a new version is to be compared with."""

from gitgates.model.frozen import frozen
from gitgates.model.names import ModelVersion

LIVE, APPROVED = "live", "approved"


@frozen
class Asked:
    """Which version of the ledger is to be the baseline.

    Attributes:
        which: `LIVE`, `APPROVED`, or a model version.
        target: for `LIVE`: where; None for wherever the context has it.
    """

    which: str | ModelVersion
    target: str | None = None
