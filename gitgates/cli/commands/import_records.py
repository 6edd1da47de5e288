"""`gitgates import`."""

import argparse

from gitgates.cli.options import add_common, add_key, session_of
from gitgates.cli.output import DIM, GOOD, Output
from gitgates.cli.sharing import add_push, fetch_if_asked, share_if_asked


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "folder",
        nargs="?",
        default=".",
        metavar="FOLDER",
        help="where the predecessor's models/registry lies (default: here)",
    )
    add_common(parser)
    add_key(parser)
    add_push(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """Append what the predecessor's files claim as assertions, which never allow anything."""
    from gitgates.cli.views import written_line, written_value
    from gitgates.ledger.importing import import_predecessor

    session = session_of(args)
    fetch_if_asked(args, session)
    with session.open() as ledger:
        now = session.clock()
        done = import_predecessor(ledger, session.writer(ledger, now), args.folder, now)
    shared = share_if_asked(args, session)
    records = [written_value(written) for written in done.written]
    output.json("import/1", {"records": records, "skipped": done.present, **shared.value()})
    output.line(f"imported {len(done.written)} assertion(s), {done.present} were here already", GOOD)
    output.line("  they are shown in the history and never allow a deploy", DIM)
    for written in done.written:
        output.line(f"  {written_line(written, shared)}", DIM)
    shared.tell(output)
    return shared.code(0)
