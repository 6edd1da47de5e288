"""`gitgates approve`."""

import argparse

from gitgates.cli.options import add_common, add_context, add_key, add_model, context_of, model_of, session_of
from gitgates.cli.output import Output
from gitgates.cli.sharing import add_push, fetch_if_asked, share_if_asked


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_model(parser)
    add_context(parser)
    parser.add_argument(
        "--report",
        metavar="FILE|ID",
        help="approve the report that FILE (from check --json) names, or the one with this id",
    )
    parser.add_argument("--approved-by", metavar="WHO", help="free text shown beside the signer, never instead of it")
    parser.add_argument("--notes", default="", help="what to remember about this approval")
    parser.add_argument("--reason", default="", help="why; a forced approval needs one")
    parser.add_argument("--force", action="store_true", help="approve a failed report, where the policy allows it")
    add_common(parser)
    add_key(parser)
    add_push(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """Append an approval for each of the latest reports, or for the one that is named."""
    from gitgates.cli.deciding import approve_reports, shown
    from gitgates.cli.notifying import decided

    session, name, context = session_of(args), model_of(args), context_of(args)
    fetch_if_asked(args, session)
    written = approve_reports(session, name, context, args)
    decided(args, output, written, approved=True)
    shared = share_if_asked(args, session)
    return shown(output, "approve/1", f"approved {args.model} for {args.context}", written, shared)
