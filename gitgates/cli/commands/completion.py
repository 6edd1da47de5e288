"""`gitgates completion`."""

import argparse

from gitgates.cli.output import Output

SHELLS = ("bash", "zsh", "fish")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("shell", choices=SHELLS, help="the shell to complete in")


def run(args: argparse.Namespace, output: Output) -> int:
    """Print a completion script, to be sourced or saved where the shell looks for it."""
    import shtab

    from gitgates.cli.parser import build_parser

    output.write(shtab.complete(build_parser(), shell=args.shell) + "\n")
    return 0
