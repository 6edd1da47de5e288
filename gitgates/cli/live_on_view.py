"""What `gitgates list --live-on` prints: which version was live on each target at the end of a day."""

import argparse

from gitgates.cli.dates import parse_span
from gitgates.cli.live_view import target_row, target_value
from gitgates.cli.options import context_of, session_of
from gitgates.cli.output import DIM, UNSURE, Output
from gitgates.cli.records_view import everything, listed_value, show_table, told
from gitgates.cli.trust_note import tell_unpinned
from gitgates.cli.views import short
from gitgates.codec.convert import time_text
from gitgates.decision.authority import Say
from gitgates.errors import UsageError
from gitgates.ledger.live_then import OnTarget, live_before, target_records

_ALONE = ("by", "fingerprint", "since", "until", "kind", "outcome")


def show_live(args: argparse.Namespace, output: Output) -> int:
    """Say which version was live on each target at the end of a day; 3 where that cannot be told for certain."""
    if args.records or any(getattr(args, name) is not None for name in _ALONE):
        raise UsageError("--live-on goes with --model and --context alone", remedy="Ask for records by themselves")
    span = parse_span("--live-on", args.live_on)
    if span.start > session_of(args).clock():
        raise UsageError(f"--live-on: {args.live_on} is yet to come")
    with session_of(args).open() as ledger:
        tell_unpinned(ledger, output)
        listing = everything(args, ledger)
    context = context_of(args) if args.context is not None else None
    targets = [one for one in live_before(listing, span.end) if context in (None, one.context)]
    left_out = [
        one
        for one, signed in target_records(listing, span.end)
        if one.standing.say is not Say.FULL and context in (None, signed.record.context)
    ]
    unordered = [
        f"{one.model} on {one.target}: which came last is not known: {', '.join(one.unordered)}"
        for one in targets
        if one.unordered
    ]
    output.json(
        "list-live-on/1",
        {
            "before": time_text(span.end),
            "problems": [*listing.problems, *unordered],
            "left_out": [listed_value(one) for one in left_out],
            "targets": [target_value(one) for one in targets],
        },
    )
    _show_targets(output, targets)
    if left_out:
        output.line("left out, since they do not count:", UNSURE)
        show_table(output, tuple(left_out))
    return told(output, listing, *unordered)


def _show_targets(output: Output, targets: list[OnTarget]) -> None:
    rows = [target_row(one, [put.id] if (put := one.deployment) else ()) for one in targets]
    if rows:
        output.table(("model", "context", "target", "live", "deployed (UTC)", "by", "id"), rows)
    else:
        output.line("nothing was deployed until then")
    for one in targets:
        for signed in one.under_way:
            record = signed.record
            what_started = f"a {record.kind} of {record.model}:{record.version} had started and not ended"
            output.line(f"{record.target}: {what_started}: {short(signed.id)}", DIM)
