"""What `approve`, `reject`, `waive` and `withdraw` share."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from gitgates.api.session import Session
from gitgates.artifacts.files import read_input
from gitgates.cli.output import DIM, GOOD, Output
from gitgates.cli.sharing import Shared
from gitgates.cli.views import written_line, written_value
from gitgates.codec.json_text import parse
from gitgates.decision.knowledge import Knowledge
from gitgates.decision.waivers import accepted
from gitgates.errors import InputFileError, InvalidValue, NotAllowed
from gitgates.ledger.excusing import is_named
from gitgates.ledger.query import Opened, open_version, required_in
from gitgates.ledger.recording import Verdict, approve
from gitgates.ledger.writing import Writer, Written
from gitgates.model.fields import RECORD_ID
from gitgates.model.names import ModelVersion
from gitgates.model.policy import ContextPolicy


@contextmanager
def opened_for_writing(
    session: Session, name: ModelVersion, context: str, *, must_exist: bool = True
) -> Iterator[tuple[Writer, Opened, ContextPolicy]]:
    """Open the ledger, and give a writer, the model version and what the policy requires of the context."""
    with session.open() as ledger:
        required = required_in(ledger, context)
        now = session.clock()
        opened = open_version(ledger, name, now, must_exist=must_exist)
        yield session.writer(ledger, now), opened, required


def approve_reports(session: Session, name: ModelVersion, context: str, args: argparse.Namespace) -> list[Written]:
    """Approve the report that `--report` names, else every latest one: after a race there are several."""
    verdict = Verdict(reason=args.reason, notes=args.notes, on_behalf_of=args.approved_by, force=args.force)
    with opened_for_writing(session, name, context) as (_, opened, _required):
        latest = [signed.id for signed in opened.known.latest_reports(context)]
    wanted = [_report_id(args.report, latest)] if args.report else latest
    if not wanted:
        raise NotAllowed(f"there is no report of {name} for {context}", remedy="Run `gitgates check` first")
    written = []
    for report_id in wanted:  # each is written after the one before, so the ledger is read anew
        with opened_for_writing(session, name, context) as (writer, opened, required):
            written.append(approve(writer, opened.known, name, required, report_id, verdict))
    return written


def waiver_effect(known: Knowledge, required: ContextPolicy, finding: str) -> str:
    """Return in a sentence what the waivers of a context, the last one of `finding`, do to its latest reports."""
    effect = _effect(known, required)
    if is_named(known, required, finding):
        return effect
    return f"{finding} is not listed in the latest report, which need not list all ids; {effect}"


def _effect(known: Knowledge, required: ContextPolicy) -> str:
    failed = [report for report in known.latest_reports(required.name) if report.record.outcome != "passed"]
    if not failed:
        return f"no latest report for {required.name} fails; the waiver serves later ones"
    if len(accepted(known, failed, required)) < len(failed):
        return "the latest report still fails: something else is in the way, or it does not name this finding"
    return "the latest report passes with what was waived; approvals must come after the waiver"


def _report_id(given: str, latest: Sequence[str]) -> str:
    """Return the id that `--report` means: an id or its beginning, or what a file from `check --json` names."""
    matching = [report_id for report_id in latest if report_id.startswith(given)]
    if len(matching) == 1:
        return matching[0]
    if RECORD_ID.fullmatch(given):
        return given
    try:
        value = parse(read_input(given))
    except InvalidValue as error:
        raise InputFileError(given, error.message, remedy="Give a file that `check --json` wrote") from None
    record = value.get("record") if isinstance(value, dict) else None
    identifier = record.get("id") if isinstance(record, dict) else None
    if not isinstance(identifier, str) or not RECORD_ID.fullmatch(identifier):
        raise InputFileError(
            given,
            "$.record.id: names no record of a ledger",
            remedy="Give a file that `check --json` wrote when it recorded",
        )
    return identifier


def shown(output: Output, schema: str, text: str, written: Sequence[Written], shared: Shared) -> int:
    """Print what was appended, and return the exit code: 0, or 3 where it should have been shared and was not."""
    output.json(schema, {"records": [written_value(one) for one in written], **shared.value()})
    output.line(text, GOOD)
    for one in written:
        output.line(f"  signed by {one.record.author}")
        output.line(f"  {written_line(one, shared)}", DIM)
    shared.tell(output)
    return shared.code(0)
