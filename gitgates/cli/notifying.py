"""Telling others what a command did: after its result is known, recorded and printed, and without a say in it.

Commands call the functions below as soon as something is recorded; `cli.handler` sends when the command has ended.
"""

import os
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gitgates.cli.output import Output
from gitgates.errors import CannotDecide

if TYPE_CHECKING:
    from gitgates.cli.running import Ran
    from gitgates.decision.result import Decision
    from gitgates.integrations.notify.events import Fact, Message
    from gitgates.ledger.verification.findings import Verification
    from gitgates.ledger.writing import Written
    from gitgates.model.checks import QualityGateReport

_NO_TAMPERING = ("newer-format", "shallow", "clock", "pin")
"""Findings of `verify` that could affect a decision, and are the state of a clone rather than somebody's deed."""
_SHOWN = 20
INCOMPLETE = "incomplete"
"""The cause of every "cannot decide" that is due to missing records."""


def report_recorded(args: Namespace, output: Output, report: "QualityGateReport", written: "Written | None") -> None:
    """A report is recorded; one that passed, or was only judged, is nothing to tell."""
    if written is None or report.all_passed() or not _asked_for(args):
        return
    from gitgates.integrations.notify.events import report_message

    _later(args, output, report_message(report, _facts(written)))


def decided(args: Namespace, output: Output, records: "Sequence[Written]", *, approved: bool) -> None:
    """A model version is approved or rejected."""
    if not _asked_for(args):
        return
    from gitgates.integrations.notify.events import Message

    word, level = ("approved", "success") if approved else ("rejected", "warning")
    for written in records:
        record = written.record
        title = f"{record.model}:{record.version}: {word} for {record.context}"
        _later(args, output, Message(event=word, level=level, title=title, facts=(*_about(written), *_facts(written))))


def deployment_ended(args: Namespace, output: Output, ran: "Ran") -> None:
    """A deployment succeeded or failed."""
    _moved(args, output, ran, "deployed", f"{'' if ran.well else f'{ran.negation} '}deployed to")


def rollback_ended(args: Namespace, output: Output, ran: "Ran") -> None:
    """A rollback succeeded or failed."""
    _moved(args, output, ran, "rolled_back", f"{'' if ran.well else f'{ran.negation} '}rolled back on")


def _moved(args: Namespace, output: Output, ran: "Ran", event: str, words: str) -> None:
    if not _asked_for(args):
        return
    from gitgates.integrations.notify.events import Message

    written = ran.written[-1]
    record = written.record
    title = f"{record.model}:{record.version}: {words} {getattr(record, 'target', '')}"
    if not ran.well:
        title += ": the command failed" if ran.problem is None else f": {ran.why_not}"
    level = "error" if not ran.well else "warning" if event == "rolled_back" else "success"
    _later(args, output, Message(event=event, level=level, title=title, facts=(*_about(written), *_facts(written))))


def verified(args: Namespace, output: Output, outcome: "Verification") -> None:
    """`verify` is through; findings that somebody's deed explains are told."""
    found = [one for one in outcome.findings if one.affects_decision and one.code not in _NO_TAMPERING]
    if found:
        told = tuple(f"{one.path}: {one.text}" if one.path else one.text for one in found[:_SHOWN])
        _tampering(args, output, (*told, f"and {len(found) - _SHOWN} more") if len(found) > _SHOWN else told)


def not_decided(args: Namespace, output: Output, decision: "Decision") -> None:
    """A deployment is refused; where that is for lack of records, it is told."""
    if decision.cause == INCOMPLETE:
        _tampering(args, output, (decision.reason,))


@contextmanager
def telling_of_losses(args: Namespace, output: Output) -> Iterator[None]:
    """Tell of records that turn out to be gone, in passing: the error goes on."""
    try:
        yield
    except CannotDecide as error:
        if error.cause == INCOMPLETE:
            _tampering(args, output, (error.message,))
        raise


def _tampering(args: Namespace, output: Output, findings: tuple[str, ...]) -> None:
    if not _asked_for(args):
        return
    from gitgates.integrations.notify.events import Message

    title = "the ledger lacks records, or has changed ones"
    facts: tuple[Fact, ...] = (("folder", os.path.basename(_folder(args))), ("findings", findings))
    _later(args, output, Message(event="tampering", level="error", title=title, facts=facts))


def _about(written: "Written") -> "tuple[Fact, ...]":
    record = written.record
    facts: list[Fact] = [("model version", f"{record.model}:{record.version}"), ("context", record.context)]
    for label in ("target", "to_version", "report", "on_behalf_of", "reason", "notes"):
        value = getattr(record, label, None)
        if value:
            facts.append((label.replace("_", " "), str(value)))
    if getattr(record, "forced", False):
        facts.append(("forced", "yes"))
    return tuple(facts)


def _facts(written: "Written") -> "tuple[Fact, ...]":
    subject = getattr(written.record, "subject", None)
    facts = (
        ("signer", written.record.author),
        ("record", written.id),
        ("commit", getattr(subject, "commit", None) or ""),
        ("ledger commit", written.commit or ""),
    )
    return tuple((label, value) for label, value in facts if value)


def _asked_for(args: Namespace) -> bool:
    """Tell whether the project's files could ask for notifications: most do not, and then this is all that it costs."""
    from gitgates.config.notify_glance import may_notify

    return may_notify(_folder(args))


def _folder(args: Namespace) -> str:
    return os.path.abspath(getattr(args, "path", None) or os.curdir)


def _later(args: Namespace, output: Output, message: "Message") -> None:
    output.notices.append((_folder(args), message))


def send_notices(output: Output) -> None:
    """Send what the command left to tell, and say what was not sent; raise nothing and hold it up for at most 5 s."""
    try:
        from gitgates.integrations.notify.notifications import Notifications

        folder = output.notices[0][0]
        outcomes = Notifications(folder).tell([message for _, message in output.notices])
    except KeyboardInterrupt:
        output.note("warning: interrupted while notifications were sent; the result stands")
        return
    except Exception as error:  # noqa: BLE001 -- the result is recorded, and nothing here may change it
        output.note(f"warning: no notifications were sent: {error}")
        return
    for one in outcomes:
        if not one.sent:
            output.note(f"note: {one.name} was not told of {one.event}: {one.problem}")
