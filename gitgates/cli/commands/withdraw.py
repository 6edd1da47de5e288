"""`gitgates withdraw`."""

import argparse

from gitgates.cli.options import add_common, add_context, add_key, add_model, context_of, model_of, session_of
from gitgates.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_model(parser)
    add_context(parser)
    parser.add_argument(
        "--record", metavar="ID", help="id of your decision or waiver, or its beginning; needed if there are several"
    )
    parser.add_argument("--reason", required=True, help="why")
    add_common(parser)
    add_key(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """Append a withdrawal."""
    from gitgates.cli.deciding import opened_for_writing, shown
    from gitgates.ledger.recording import withdraw

    with opened_for_writing(session_of(args), model_of(args), context_of(args)) as (writer, opened, required):
        written = withdraw(writer, opened.known, opened.name, required, args.record, args.reason)
    return shown(output, "withdraw/1", f"withdrew a record on {args.model} for {args.context}", [written])
