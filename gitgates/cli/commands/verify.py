"""placeholder."""

import argparse

from gitgates.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""


def run(args: argparse.Namespace, output: Output) -> int:
    """Run."""
    raise NotImplementedError
