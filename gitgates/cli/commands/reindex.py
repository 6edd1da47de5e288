"""`gitgates reindex`."""

import argparse

from gitgates.cli.options import add_common, session_of
from gitgates.cli.output import DIM, GOOD, Output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_common(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """Rebuild the index from the records."""
    from gitgates.ledger.reindex import reindex

    session = session_of(args)
    done = reindex(session.open, session.clock())
    value = {"models": done.models, "records": done.records, "lines": done.lines, "changed": list(done.changed)}
    output.json("reindex/1", value)
    output.line(
        f"the index lists {done.records} record(s) of {done.models} model(s); policies have no place in it", GOOD
    )
    for ref in done.changed:
        output.line(f"  rebuilt {ref}", DIM)
    return 0
