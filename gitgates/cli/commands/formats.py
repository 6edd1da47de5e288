"""`gitgates formats`."""

import argparse

from gitgates.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(args: argparse.Namespace, output: Output) -> int:
    """List the formats that `check` finds by content, and the flags that take them."""
    from gitgates.formats.registry import FORMATS

    rows = [(item.name, item.title, ", ".join(role.flags for role in item.roles)) for item in FORMATS]
    output.json("formats/1", {"formats": [{"name": n, "title": t, "flags": f} for n, t, f in rows]})
    output.table(("name", "format", "give it with"), rows)
    return 0
