"""`gitgates waive`."""

import argparse

from gitgates.cli.options import (
    add_common,
    add_context,
    add_key,
    add_model,
    context_of,
    duration_of,
    model_of,
    session_of,
)
from gitgates.cli.output import Output
from gitgates.cli.sharing import add_push, fetch_if_asked, share_if_asked


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_model(parser)
    add_context(parser)
    parser.add_argument(
        "--finding",
        required=True,
        metavar="NAME|ID",
        help="what is accepted: a threshold (max_latency_increase), a metric, or a vulnerability's id (CVE-2024-1234)",
    )
    parser.add_argument("--expires", required=True, metavar="DURATION", help="for how long, e.g. 30d or 12h")
    parser.add_argument("--reason", required=True, help="why")
    add_common(parser)
    add_key(parser)
    add_push(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """Append a waiver, and say what it does to the latest reports."""
    from gitgates.cli.deciding import opened_for_writing, shown, waiver_effect
    from gitgates.ledger.excusing import waive

    session, name, context = session_of(args), model_of(args), context_of(args)
    seconds = duration_of("--expires", args.expires)
    fetch_if_asked(args, session)
    with opened_for_writing(session, name, context) as (writer, opened, required):
        written = waive(writer, opened.known, name, required, args.finding, seconds, args.reason)
    shared = share_if_asked(args, session)
    code = shown(output, "waive/1", f"waived {args.finding} of {args.model} for {args.context}", [written], shared)
    with opened_for_writing(session, name, context) as (_, opened, required):
        output.note(f"note: {waiver_effect(opened.known, required, args.finding)}")
    return code
