"""How a recorded report is shown in full."""

from typing import Any

from gitgates.cli.output import BAD, DIM, GOOD, UNSURE, Output
from gitgates.cli.views import mark
from gitgates.codec.convert import Converter
from gitgates.config.resolve import DEFAULT_ORIGIN
from gitgates.decision.signed import Signed
from gitgates.model.records import ReportRecord

_STYLES = {"pass": GOOD, "warn": UNSURE, "FAIL": BAD, "skip": BAD}


def report_value(signed: Signed[ReportRecord]) -> dict[str, Any]:
    """Return a report for JSON: its id and the record's own fields."""
    return {"id": signed.id, **Converter().unstructure(signed.record)}


def show_report(output: Output, signed: Signed[ReportRecord], *, verbose: bool) -> None:
    """Print a report for people."""
    record = signed.record
    good = record.outcome == "passed"
    output.line(f"{record.model}:{record.version} {record.context}: {record.outcome.upper()}", GOOD if good else BAD)
    for check in record.checks:
        word = mark(check.status, check.passed)
        output.line(f"  {word}  {check.gate:<14} {check.message}", _STYLES[word])
    output.line(f"  report   {signed.id}")
    output.line(f"  made     {record.created:%Y-%m-%d %H:%M:%S} UTC by {record.author}, {record.stage}-deployment")
    dirty = ", worktree differed" if record.subject.dirty else ""
    output.line(f"  commit   {record.subject.commit or 'none'}{dirty}")
    for artifact in record.subject.artifacts:
        output.line(f"  artifact {artifact.path} ({artifact.type}, {artifact.size} bytes), sha256 {artifact.sha256}")
    if verbose:
        _show_details(output, record)


def _show_details(output: Output, record: ReportRecord) -> None:
    for item in record.inputs:
        output.line(f"  input    {item.role}: {item.file} ({item.format}), sha256 {item.sha256}", DIM)
    if record.baseline is not None:
        output.line(f"  baseline from {record.baseline.source} {record.baseline.record or ''}".rstrip(), DIM)
    origins = {origin.threshold: origin.source for origin in record.origins}
    thresholds = record.thresholds.to_dict()
    rows = [(name, f"{value:g}", origins.get(name, DEFAULT_ORIGIN)) for name, value in thresholds.items()]
    output.table(("threshold", "value", "set by"), rows)
    for part in (record.metrics.tests, record.metrics.model, record.metrics.security):
        if part is not None:
            values = part.to_dict()
            listed = values.pop("vulnerabilities", ())
            output.table(("metric", "value"), [(name, str(value)) for name, value in values.items()])
            for item in listed:
                output.line(f"  {item['severity']} {item['id']}, found {item['count']} time(s)", DIM)
