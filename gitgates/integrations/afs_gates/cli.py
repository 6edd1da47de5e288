"""`afs.gates.cli`, and `afs.cli.gates` for an AFS that has none: the command group for any argparse command line."""

from gitgates.cli.main import main
from gitgates.integrations.afs import register_parsers

__all__ = ["main", "register_parsers"]
