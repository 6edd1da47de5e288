"""`gitgates withdraw`."""

import argparse

from gitgates.cli.options import add_common, add_context, add_key, add_model, context_of, model_of, session_of
from gitgates.cli.output import Output
from gitgates.cli.sharing import add_push, fetch_if_asked, share_if_asked


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
    add_push(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """Append a withdrawal."""
    from gitgates.cli.deciding import opened_for_writing, shown
    from gitgates.ledger.excusing import withdraw

    session, name, context = session_of(args), model_of(args), context_of(args)
    fetch_if_asked(args, session)
    with opened_for_writing(session, name, context) as (writer, opened, required):
        written = withdraw(writer, opened.known, opened.name, required, args.record, args.reason)
    shared = share_if_asked(args, session)
    return shown(output, "withdraw/1", f"withdrew a record on {args.model} for {args.context}", [written], shared)
