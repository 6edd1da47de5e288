"""`gitgates live`."""

import argparse

from gitgates.cli.options import add_common, add_context, session_of
from gitgates.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--model", metavar="NAME", help="only this model")
    add_context(parser, required=False)
    parser.add_argument("--target", metavar="NAME", help="only this target; 1 where nothing is live there")
    add_common(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """Say what is live: 0, or 1 where nothing is on the target that is asked for, or 3 where it is not certain."""
    from gitgates.cli.freshness_view import known_freshness
    from gitgates.cli.live_view import places_of, show_live
    from gitgates.cli.trust_note import tell_unpinned

    session = session_of(args)
    with session.open() as ledger:
        tell_unpinned(ledger, output)
        now = session.clock()
        known = known_freshness(ledger, None, now)
        found, places = places_of(args, ledger, now)
    return show_live(args, output, found, places, known, now)
