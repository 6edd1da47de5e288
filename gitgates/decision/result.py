"""What a decision says: an answer, and each numbered condition with its state and the records it rests on."""

from enum import StrEnum

from gitgates.model.frozen import frozen


class Answer(StrEnum):
    """May the model version be deployed?"""

    ALLOWED = "allowed"
    DENIED = "denied"
    CANNOT_DECIDE = "cannot decide"


class State(StrEnum):
    """What became of a condition."""

    MET = "met"
    NOT_MET = "not met"
    UNDECIDED = "cannot decide"
    NOT_REACHED = "not reached"


TITLES = (
    "the root is pinned and one policy is in force, which knows the context",
    "the records of the model version are complete",
    "the latest reports meet what the policy requires",
    "the artifacts are those that were checked",
    "enough approvers approved that report",
    "every rejection and rollback was answered by the approvals",
    "the model version is allowed in the context that it is promoted from",
)


@frozen
class Condition:
    """One of the seven conditions of `docs/reference/can-deploy.md`.

    Attributes:
        records: ids of the records that the state rests on.
        cause: one word for programs where the state is UNDECIDED.
        remedy: what would change the state, where that can be said.
    """

    number: int
    state: State
    reason: str
    records: tuple[str, ...] = ()
    cause: str = ""
    remedy: str = ""

    @property
    def title(self) -> str:
        """What the condition asks."""
        return TITLES[self.number - 1]


@frozen
class Decision:
    """The answer to `can-deploy`.

    Attributes:
        policy: id of the policy in force, None where there is none.
        approvals: ids of the approvals that the answer rests on.
        forced: whether one of these was forced.
        waivers: ids of the waivers by which a report is taken as passed, here or where it is promoted from.
        waived: one of these in a few words each.
    """

    model: str
    version: str
    context: str
    conditions: tuple[Condition, ...]
    policy: str | None = None
    reports: tuple[str, ...] = ()
    approvals: tuple[str, ...] = ()
    forced: bool = False
    waivers: tuple[str, ...] = ()
    waived: tuple[str, ...] = ()

    @property
    def answer(self) -> Answer:
        """ALLOWED only if all seven conditions are met; CANNOT_DECIDE if one cannot be told."""
        states = {condition.state for condition in self.conditions}
        if State.UNDECIDED in states:
            return Answer.CANNOT_DECIDE
        return Answer.ALLOWED if states == {State.MET} and len(self.conditions) == len(TITLES) else Answer.DENIED

    @property
    def cause(self) -> str:
        """One word for why there is no answer, "" where there is one."""
        return next((c.cause for c in self.conditions if c.state is State.UNDECIDED), "")

    @property
    def reason(self) -> str:
        """Why the answer is what it is, in one line."""
        for state in (State.UNDECIDED, State.NOT_MET):
            reasons = [c.reason for c in self.conditions if c.state is state]
            if reasons:
                return "; ".join(reasons)
        return f"all conditions are met; {self.resting_on_waivers}" if self.waivers else "all conditions are met"

    @property
    def resting_on_waivers(self) -> str:
        """What was accepted, until when and by whom; "" where there are no waivers."""
        if not self.waivers:
            return ""
        noun = "waiver" if len(self.waivers) == 1 else "waivers"
        return f"rests on {len(self.waivers)} {noun}: {'; '.join(self.waived)}"

    def meets(self, *numbers: int) -> bool:
        """Tell whether the conditions with these numbers are met."""
        return all(c.state is State.MET for c in self.conditions if c.number in numbers)
