"""Records and decisions as the command line shows them: text lines and JSON values from the same place."""

from typing import TYPE_CHECKING, Any

from gitgates.decision.result import Answer, Condition, Decision, State

if TYPE_CHECKING:
    from gitgates.cli.sharing import Shared
    from gitgates.ledger.writing import Written

STYLES = {Answer.ALLOWED: "green", Answer.DENIED: "red", Answer.CANNOT_DECIDE: "yellow"}
SHORT = 12
"""Hexadecimal digits that are shown of an id in text; JSON has it in full."""


def short(record_id: str) -> str:
    """Return the part of an id that is shown."""
    return record_id[:SHORT]


def condition_value(condition: Condition) -> dict[str, Any]:
    """Return a condition for JSON."""
    return {
        "number": condition.number,
        "title": condition.title,
        "state": condition.state.value,
        "reason": condition.reason,
        "remedy": condition.remedy,
        "records": list(condition.records),
    }


def decision_value(decision: Decision) -> dict[str, Any]:
    """Return a decision for JSON."""
    return {
        "model": decision.model,
        "version": decision.version,
        "context": decision.context,
        "answer": decision.answer.value,
        "cause": decision.cause,
        "reason": decision.reason,
        "forced": decision.forced,
        "policy": decision.policy or "",
        "reports": list(decision.reports),
        "approvals": list(decision.approvals),
        "waivers": list(decision.waivers),
        "waived": list(decision.waived),
        "conditions": [condition_value(condition) for condition in decision.conditions],
    }


def explanation(decision: Decision) -> list[tuple[str, str]]:
    """Return each condition as (style, line)."""
    styles = {State.MET: "green", State.NOT_MET: "red", State.UNDECIDED: "yellow", State.NOT_REACHED: "dim"}
    lines = []
    for condition in decision.conditions:
        style = styles[condition.state]
        lines.append((style, f"  {condition.number}. {condition.state.value:<13} {condition.title}"))
        if condition.state is not State.NOT_REACHED:
            lines.append((style, f"     {condition.reason}"))
            lines += [("dim", f"     record {record}") for record in condition.records]
        if condition.remedy and condition.state in (State.NOT_MET, State.UNDECIDED):
            lines.append((style, f"     {condition.remedy}"))
    return lines


def remedies(decision: Decision) -> list[str]:
    """Return what would change a "no", one line for each condition that is in the way.

    No approval can make up for a report that will not do, so as long as 3 is in the way, 5 and 6 ask for nothing.
    """
    in_the_way = [c for c in decision.conditions if c.state in (State.NOT_MET, State.UNDECIDED)]
    later = (5, 6) if any(c.number == 3 for c in in_the_way) else ()
    return list(dict.fromkeys(c.remedy for c in in_the_way if c.remedy and c.number not in later))


def written_value(written: "Written") -> dict[str, Any]:
    """Return a record that was just appended, for JSON."""
    from gitgates.ledger.index import outcome_word  # brings all of writing along, which readers do without

    return {
        "id": written.id,
        "kind": written.record.kind,
        "outcome": outcome_word(written.record),
        "author": written.record.author,
        "path": written.path,
        "branch": written.ref,
        "commit": written.commit or "",
    }


def written_line(written: "Written", shared: "Shared", *, already: bool = False) -> str:
    """Return where a record is, and who has it; it is new unless it is `already` there."""
    from gitgates.ledger.index import outcome_word

    branch = written.ref.removeprefix("refs/heads/")
    word = "already recorded:" if already else "recorded"
    what = f"{word} {written.record.kind} {short(written.id)} ({outcome_word(written.record)})"
    if shared.remote:
        return f"{what} on {branch}, here and on {shared.remote}"
    share = "; share it: gitgates sync" if written.remote else ""
    return f"{what} on {branch}, in this clone only{share}"
