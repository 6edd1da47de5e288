"""`gitgates formats`."""

import argparse
from typing import TYPE_CHECKING

from gitgates.cli.output import Output

if TYPE_CHECKING:
    from gitgates.formats.base import Role


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(args: argparse.Namespace, output: Output) -> int:
    """List the formats that `check` finds by content, the flags that take them, and which plug-in brought them."""
    from gitgates.formats import plugins
    from gitgates.formats.registry import FORMATS

    installed = plugins.load(entry.name for entry in FORMATS)
    rows = [(item.name, item.title, _flags(item.roles), "") for item in FORMATS]
    rows += [
        (plugin.format.name, plugin.format.title, _flags(plugin.format.roles), plugin.origin)
        for plugin in installed.plugins
    ]
    listed = [{"name": name, "title": title, "flags": flags, "plugin": origin} for name, title, flags, origin in rows]
    output.json("formats/1", {"formats": listed, "faults": list(installed.faults)})
    heads = ("name", "format", "give it with", "plug-in")
    if any(origin for *_, origin in rows):
        output.table(heads, rows)
    else:
        output.table(heads[:3], [row[:3] for row in rows])
    for fault in installed.faults:
        output.note(f"warning: {fault}")
    return 0


def _flags(roles: "tuple[Role, ...]") -> str:
    return ", ".join(role.flags for role in roles)
