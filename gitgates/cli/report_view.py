"""How a recorded report is shown in full."""

from typing import TYPE_CHECKING, Any

from gitgates.api.summary import mark
from gitgates.cli.inputs_view import input_line
from gitgates.cli.output import BAD, DIM, GOOD, UNSURE, Output
from gitgates.codec.convert import Converter
from gitgates.config.resolve import DEFAULT_ORIGIN
from gitgates.decision.knowledge import Knowledge
from gitgates.decision.signed import Signed
from gitgates.decision.waivers import Waivers, accepted, active_waivers, expired_waivers, that_serve, told
from gitgates.errors import CannotDecide
from gitgates.model.frozen import frozen
from gitgates.model.policy import Policy
from gitgates.model.records import ReportRecord

if TYPE_CHECKING:
    from gitgates.integrations.ci.told import Told

_STYLES = {"pass": GOOD, "warn": UNSURE, "FAIL": BAD, "skip": BAD}


@frozen
class Waived:
    """The waivers of what fails in a report.

    Attributes:
        active: those that count now.
        expired: in words.
        enough: whether the report is taken as passed with them.
    """

    active: Waivers = ()
    expired: tuple[str, ...] = ()
    enough: bool = False


def waived_of(known: Knowledge, signed: Signed[ReportRecord], policy: Policy) -> Waived:
    """Return the waivers that apply to a report under `policy`; none where its rules are newer than this program."""
    required = policy.context(signed.record.context)
    if required is None or signed.record.outcome == "passed":
        return Waived()
    try:
        active = that_serve(signed.record, active_waivers(known, signed, required))
        expired = tuple(map(told, expired_waivers(known, signed, required)))
        return Waived(active, expired, signed.id in accepted(known, [signed], required))
    except CannotDecide:
        return Waived()


def report_value(signed: Signed[ReportRecord], waived: Waived) -> dict[str, Any]:
    """Return a report for JSON: its id, its waivers and the record's own fields."""
    return {
        "id": signed.id,
        "waivers": [waiver.id for waiver in waived.active],
        "waived": [told(waiver) for waiver in waived.active],
        "passes_with_waivers": waived.enough,
        **Converter().unstructure(signed.record),
    }


def told_of(signed: Signed[ReportRecord], waived: Waived) -> "Told":
    """Return a report for a CI system."""
    from gitgates.integrations.ci.told import Told
    from gitgates.model.checks import GateCheckResult, QualityGateReport
    from gitgates.model.claims import told as told_claims
    from gitgates.model.provenance import Provenance

    record = signed.record
    report = QualityGateReport(
        record.context,
        record.model,
        record.version,
        record.created.isoformat(),
        [GateCheckResult(check.gate, check.status, check.passed, check.message) for check in record.checks],
        provenance=Provenance(inputs=record.inputs),
    )
    facts = (
        ("made", f"{record.created:%Y-%m-%d %H:%M:%S} UTC, {record.stage}-deployment"),
        ("by", record.author),
        ("commit", record.subject.commit or ""),
        ("waived", "; ".join(told(waiver) for waiver in waived.active)),
        ("CI says", told_claims(record.unverified_claims)),
    )
    return Told(report=report, record=signed.id, facts=facts)


def show_report(output: Output, signed: Signed[ReportRecord], waived: Waived, *, verbose: bool) -> None:
    """Print a report for people."""
    record = signed.record
    good = record.outcome == "passed"
    output.line(f"{record.model}:{record.version} {record.context}: {record.outcome.upper()}", GOOD if good else BAD)
    for check in record.checks:
        word = mark(check.status, check.passed)
        output.line(f"  {word}  {check.gate:<14} {check.message}", _STYLES[word])
    _show_waived(output, waived)
    output.line(f"  report   {signed.id}")
    output.line(f"  made     {record.created:%Y-%m-%d %H:%M:%S} UTC by {record.author}, {record.stage}-deployment")
    dirty = ", worktree differed" if record.subject.dirty else ""
    output.line(f"  commit   {record.subject.commit or 'none'}{dirty}")
    for artifact in record.subject.artifacts:
        output.line(f"  artifact {artifact.path} ({artifact.type}, {artifact.size} bytes), sha256 {artifact.sha256}")
    if record.unverified_claims:
        from gitgates.model.claims import told as told_claims

        output.line(f"  CI says, {told_claims(record.unverified_claims)}", DIM)
    if verbose:
        _show_details(output, record)


def _show_waived(output: Output, waived: Waived) -> None:
    for waiver in waived.active:
        output.line(f"  waiver   {told(waiver)}: {waiver.record.reason}", UNSURE)
    for text in waived.expired:
        output.line(f"  waiver   {text}: it has expired", DIM)
    if waived.enough:
        output.line("  the report is taken as passed with what was waived", UNSURE)
    elif waived.active:
        output.line("  what was waived is not all that failed", BAD)


def _show_details(output: Output, record: ReportRecord) -> None:
    for item in record.inputs:
        output.line(f"  input    {input_line(item)}", DIM)
    if record.baseline is not None:
        output.line(f"  baseline from {record.baseline.source} {record.baseline.record or ''}".rstrip(), DIM)
    origins = {origin.threshold: origin.source for origin in record.origins}
    thresholds = record.thresholds.to_dict()
    rows = [(name, f"{value:g}", origins.get(name, DEFAULT_ORIGIN)) for name, value in thresholds.items()]
    output.table(("threshold", "value", "set by"), rows)
    if record.metric_rules:
        from gitgates.cli.metric_rules_view import show_rules

        show_rules(output, record.metric_rules, record.metrics)
    for part in (record.metrics.tests, record.metrics.model, record.metrics.security):
        if part is not None:
            values = part.to_dict()
            listed = values.pop("vulnerabilities", ())
            output.table(("metric", "value"), [(name, str(value)) for name, value in values.items()])
            for item in listed:
                output.line(f"  {item['severity']} {item['id']}, found {item['count']} time(s)", DIM)
