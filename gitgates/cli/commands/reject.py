"""`gitgates reject`."""

import argparse

from gitgates.cli.options import add_common, add_context, add_key, add_model, context_of, model_of, session_of
from gitgates.cli.output import Output
from gitgates.cli.sharing import add_push, fetch_if_asked, share_if_asked


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_model(parser)
    add_context(parser)
    parser.add_argument("--reason", default="", help="why; not required, and the first thing that others will ask")
    parser.add_argument("--rejected-by", metavar="WHO", help="free text shown beside the signer, never instead of it")
    parser.add_argument("--notes", default="", help="what to remember about this rejection")
    add_common(parser)
    add_key(parser)
    add_push(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """Append a rejection."""
    from gitgates.cli.deciding import opened_for_writing, shown
    from gitgates.cli.notifying import decided
    from gitgates.ledger.recording import Verdict, reject

    session, name, context = session_of(args), model_of(args), context_of(args)
    verdict = Verdict(reason=args.reason, notes=args.notes, on_behalf_of=args.rejected_by)
    fetch_if_asked(args, session)
    with opened_for_writing(session, name, context) as (writer, opened, required):
        written = reject(writer, opened.known, opened.name, required, verdict)
    decided(args, output, [written], approved=False)
    shared = share_if_asked(args, session)
    return shown(output, "reject/1", f"rejected {args.model} for {args.context}", [written], shared)
