"""The rules of `pre_push`: asking the ledger, or running the gates, for the refs that are pushed."""

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from gitgates.config.pre_push import PrePushRule, Requirement
from gitgates.errors import GitgatesError, InvalidValue, NoLedger
from gitgates.integrations.hooks.pushes import Push, Refusal
from gitgates.model.names import ModelVersion

if TYPE_CHECKING:
    from gitgates.decision.knowledge import Knowledge
    from gitgates.ledger.reading import Ledger
    from gitgates.model.policy import ContextPolicy

_CONDITIONS = {
    Requirement.REPORT: (1, 2, 3),
    Requirement.APPROVAL: (1, 2, 3, 5, 6),
    Requirement.CAN_DEPLOY: (1, 2, 3, 4, 5, 6, 7),
}
"""The conditions of `docs/reference/can-deploy.md` that each asks for."""


def refusals_of(
    rule: PrePushRule, push: Push, ledger: "Callable[[], Ledger]", worktree: str, now: datetime
) -> Iterator[Refusal]:
    """Yield why a rule refuses a push; nothing where it is met, or is about another ref, or the ref is deleted.

    Args:
        ledger: returns this clone's ledger, or raises why there is none to ask.
    """
    if push.new is None:
        return
    for text in rule.models_for(push.ref):
        asked = "the gates pass" if rule.require is None else f'require = "{rule.require}"'
        words = f"{rule.place}: {asked}, {text}, {rule.context}"
        try:
            name = _model(text)
            if rule.require is None:
                yield from _failing_gates(rule, name, push, words, worktree)
            else:
                yield from _unmet(rule, rule.require, name, push, words, ledger(), now)
        except GitgatesError as error:
            yield Refusal(push.ref, words, (error.message,), (error.remedy,), error.exit_code)


def _model(text: str) -> ModelVersion:
    try:
        return ModelVersion.parse(text)
    except InvalidValue as error:
        remedy = "Name the ref so that it gives a model version, or change the rule's pattern"
        raise InvalidValue(error.bare_message, field=error.field, remedy=remedy) from None


def _unmet(
    rule: PrePushRule,
    require: Requirement,
    name: ModelVersion,
    push: Push,
    words: str,
    ledger: "Ledger",
    now: datetime,
) -> Iterator[Refusal]:
    """Yield the conditions of can-deploy that the rule asks for and that are not met."""
    from gitgates.decision.decide import Question, decide
    from gitgates.decision.result import State
    from gitgates.ledger.query import open_version, required_in

    ledger.require_pin(trust_first_use=False)
    required = required_in(ledger, rule.context)
    known = open_version(ledger, name, now).known
    decision = decide(known, Question(name.model, name.version, rule.context))
    unmet = [c for c in decision.conditions if c.number in _CONDITIONS[require] and c.state is not State.MET]
    if not unmet:
        if require is Requirement.REPORT and _has_failed(known, required):
            reason = f"the latest report of {name} for {rule.context} failed"
            yield Refusal(push.ref, words, (reason,), ("Mend what fails and run `gitgates check` again",))
        return
    told = [condition for condition in unmet if condition.state is not State.NOT_REACHED] or unmet
    yield Refusal(
        push.ref,
        words,
        tuple(condition.reason for condition in told),
        tuple(condition.remedy for condition in told),
        3 if any(condition.state is State.UNDECIDED for condition in told) else 1,
    )


def _has_failed(known: "Knowledge", required: "ContextPolicy") -> bool:
    """Tell whether a latest report failed and no waiver excuses it: condition 3 alone lets those be forced."""
    from gitgates.decision.waivers import accepted

    failed = [signed for signed in known.latest_reports(required.name) if signed.record.outcome != "passed"]
    return len(accepted(known, failed, required)) < len(failed)


def _failing_gates(rule: PrePushRule, name: ModelVersion, push: Push, words: str, worktree: str) -> Iterator[Refusal]:
    """Run the gates on the rule's files as `check --no-record` does, and yield those that do not pass."""
    from gitgates.api.checking import check_without_record
    from gitgates.api.files import load_files
    from gitgates.api.request import Request
    from gitgates.api.session import Session

    def file(path: str) -> str:
        return os.path.relpath(os.path.join(worktree, path))

    files = load_files(
        [file(path) for path in rule.test_metrics],
        file(rule.metrics) if rule.metrics else None,
        [file(path) for path in rule.security_scan],
        file(rule.baseline) if rule.baseline else None,
    )
    request = Request(name=name, context=rule.context, files=files)
    report = check_without_record(Session(path=worktree), request).report
    if report.all_passed():
        return
    reasons = tuple(f"{check.gate_name}: {check.message}" for check in report.failed_checks())
    remedy = "Mend what fails and measure again; `gitgates check --no-record --verbose` shows every threshold"
    yield Refusal(push.ref, words, reasons or ("no gate ran",), (remedy,))


def no_ledger() -> NoLedger:
    """Return the error for a rule that asks a ledger which is not there."""
    return NoLedger("there is no quality-gate ledger here to ask", remedy="Make or fetch one, or remove the rule")
