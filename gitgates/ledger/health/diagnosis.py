"""What `doctor` says of one thing."""

from enum import StrEnum

from gitgates.errors import GitgatesError, Unreadable
from gitgates.model.frozen import frozen


class State(StrEnum):
    """How one thing stands."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@frozen
class Diagnosis:
    """What was found out about one thing.

    Attributes:
        name: what was looked at, in one or two words.
        remedy: the command that mends it, "" where nothing needs mending.
    """

    name: str
    state: State
    text: str
    remedy: str = ""


def problem(name: str, error: GitgatesError) -> Diagnosis:
    """Return that a thing cannot be looked at, or is not as it should be."""
    told = error.undecided() if isinstance(error, Unreadable) else error
    return Diagnosis(name, State.PROBLEM, told.message, told.remedy)
