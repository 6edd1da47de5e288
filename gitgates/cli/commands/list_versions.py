"""`gitgates list`."""

import argparse

from gitgates.cli.options import add_common, add_context, add_no_cache, context_of
from gitgates.cli.output import Output
from gitgates.cli.record_filters import add_filters, has_filters


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--model", metavar="NAME", help="only this model's versions; for records also NAME:VERSION")
    add_context(parser, required=False)
    records = parser.add_argument_group("records", "each of these lists records, policies among them, by their dates")
    records.add_argument("--records", action="store_true", help="list every record, and what does not count")
    add_filters(records)
    text = "instead, show which version was live on each target at the end of this day or time"
    parser.add_argument("--live-on", metavar="DATE", help=text)
    add_no_cache(parser)
    add_common(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """List model versions, records, or what was live."""
    if args.live_on is not None:
        from gitgates.cli.live_on_view import show_live

        return show_live(args, output)
    if args.records or has_filters(args):
        from gitgates.cli.records_view import show_records

        return show_records(args, output)
    from gitgates.cli.dashboard_view import show_versions

    only = context_of(args) if args.context is not None else None
    return show_versions(args, output, "list/1", only, newest=False)
