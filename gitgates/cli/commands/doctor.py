"""`gitgates doctor`."""

import argparse
import os

from gitgates.cli.options import add_common, add_key, session_of
from gitgates.cli.output import BAD, DIM, GOOD, UNSURE, Output

_STYLES = {"ok": GOOD, "warning": UNSURE, "problem": BAD}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_common(parser)
    add_key(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """Look at everything that gitgates needs: 0 nothing is wrong, 1 something is."""
    from gitgates.cli.diagnoses import afs_diagnosis
    from gitgates.ledger.health import Surroundings, examine

    at = Surroundings(path=args.path, root=args.root, key=args.key, environ=os.environ, home=os.path.expanduser("~"))
    diagnoses = (*examine(at, session_of(args).clock()), afs_diagnosis())
    output.json(
        "doctor/1",
        {
            "diagnoses": [
                {"name": one.name, "state": one.state.value, "text": one.text, "remedy": one.remedy}
                for one in diagnoses
            ]
        },
    )
    for one in diagnoses:
        output.line(f"{one.state.value:<8} {one.name:<12} {one.text}", _STYLES[one.state.value])
        if one.remedy:
            output.line(f"{'':<22}{one.remedy}", DIM)
    return 1 if any(one.state.value == "problem" for one in diagnoses) else 0
