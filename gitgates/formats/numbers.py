"""A number of a file that may become a metric, and what gives such numbers by name."""

from typing import Protocol

from gitgates.model.frozen import frozen


@frozen(kw_only=True)
class Candidate:
    """One number of a file.

    Attributes:
        where: its field in the file, for errors, e.g. `$.data.metrics.accuracy`.
        fault: why it cannot be taken, or "".
        higher_is_better: None where the file does not tell.
        stderr: its standard error.
        samples: how many samples it was measured on.
        note: what the reader should know if it is taken, or "".
    """

    value: float
    where: str
    fault: str = ""
    higher_is_better: bool | None = None
    stderr: float | None = None
    samples: int | None = None
    note: str = ""


class Numbers(Protocol):
    """The numbers of one file by name."""

    def get(self, name: str) -> Candidate | None:
        """Return the number `name`, whatever is wrong with it, None where there is none."""
