"""`gitgates import`."""

import argparse

from gitgates.cli.options import add_common, add_key, session_of
from gitgates.cli.output import DIM, GOOD, Output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "folder", nargs="?", default=".", help="where the predecessor's models/registry lies (default: here)"
    )
    add_common(parser)
    add_key(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """Append what the predecessor's files claim as assertions, which never allow anything."""
    from gitgates.cli.views import written_line, written_value
    from gitgates.ledger.importing import import_predecessor

    session = session_of(args)
    with session.open() as ledger:
        now = session.clock()
        done = import_predecessor(ledger, session.writer(ledger, now), args.folder, now)
    output.json("import/1", {"records": [written_value(written) for written in done.written], "skipped": done.present})
    output.line(f"imported {len(done.written)} assertion(s), {done.present} were here already", GOOD)
    output.line("  they are shown in the history and never allow a deploy", DIM)
    for written in done.written:
        output.line(f"  {written_line(written)}", DIM)
    return 0
