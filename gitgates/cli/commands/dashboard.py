"""`gitgates dashboard`."""

import argparse

from gitgates.cli.options import add_common, add_no_cache
from gitgates.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--model", metavar="NAME", action="append", help="only this model; can be given several times")
    add_no_cache(parser)
    add_common(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """Show what is approved and what is live, of every model in every context."""
    from gitgates.cli.dashboard_view import show_dashboard

    return show_dashboard(args, output)
