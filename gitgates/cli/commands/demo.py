"""`gitgates demo`."""

import argparse

from gitgates.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--json", action="store_true", help="print the steps as JSON")
    parser.add_argument("--keep", action="store_true", help="keep the repository, and say where it is")


def run(args: argparse.Namespace, output: Output) -> int:
    """Run the main job on the output of real tools, in a throw-away repository with a throw-away key."""
    from gitgates.cli.demo import run_demo

    return run_demo(output, keep=args.keep)
