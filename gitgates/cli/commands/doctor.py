"""`gitgates doctor`."""

import argparse
import os

from gitgates.cli.options import add_common, add_key, session_of
from gitgates.cli.output import BAD, DIM, GOOD, UNSURE, Output
from gitgates.errors import UsageError

_STYLES = {"ok": GOOD, "warning": UNSURE, "problem": BAD}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    repair = parser.add_mutually_exclusive_group()
    text = "bring back the records that were in the ledger and are gone, with a commit on its branch"
    repair.add_argument("--restore", action="store_true", help=text)
    text = "forget what this clone verified, and accept the ledger as it is, after showing what is lost"
    repair.add_argument("--accept-rewind", action="store_true", help=text)
    text = "remove what commands that were killed left behind; locks of git are named and left alone"
    repair.add_argument("--clean", action="store_true", help=text)
    parser.add_argument("--yes", action="store_true", help="do not ask whether --restore or --accept-rewind is meant")
    add_common(parser)
    add_key(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """Look at everything that gitgates needs: 0 nothing is wrong, 1 something is; or repair what is gone."""
    if args.restore or args.accept_rewind:
        from gitgates.cli.repairing import accept_rewind, restore_lost

        repair = restore_lost if args.restore else accept_rewind
        return repair(session_of(args), output, sure=args.yes)
    if args.yes:
        raise UsageError("--yes goes with --restore or --accept-rewind")
    if args.clean:
        from gitgates.cli.repairing import clean

        return clean(session_of(args), output)
    from gitgates.cli.diagnoses import afs_diagnosis, hooks_diagnosis
    from gitgates.ledger.health.examining import Surroundings, examine

    at = Surroundings(path=args.path, root=args.root, key=args.key, environ=os.environ, home=os.path.expanduser("~"))
    diagnoses = (*examine(at, session_of(args).clock()), *hooks_diagnosis(args.path), afs_diagnosis())
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
