"""A small AFS: what its current release does with plugins and extensions. It knows nothing of gitgates.

`python afs_host.py ARGS` runs its command line, `python afs_host.py --tools` prints its MCP tools, and
`python afs_host.py --call TOOL JSON` calls one.
"""

import argparse
import importlib
import json
import os
import pkgutil
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any


class Manager:
    """What AFS hands to factories and handlers."""


def plugins() -> list[ModuleType]:
    """Discover the top-level modules that pip installed under the plugins' prefix."""
    if os.environ.get("AFS_HOST_PLUGINS") == "off":
        return []
    names = [module.name for module in pkgutil.iter_modules() if module.name.startswith("afs_plugin_")]
    return [importlib.import_module(name) for name in sorted(names)]


def manifests() -> list[dict[str, Any]]:
    found = sorted((Path.home() / ".config/afs/extensions").glob("*/extension.toml"))
    read = [tomllib.loads(path.read_text()) for path in found]
    return [manifest for manifest in read if manifest["api_version"] == 1]


def fresh(name: str) -> ModuleType:
    """Import a module that an extension names; AFS forgets its own modules first, with all that hangs on them."""
    for known in [one for one in sys.modules if name.startswith("afs.") and one.startswith("afs.")]:
        del sys.modules[known]
    return importlib.import_module(name)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="afs")
    subparsers = parser.add_subparsers(dest="command", required=True)
    subparsers.add_parser("train").set_defaults(func=lambda args: 0)
    for plugin in plugins():
        plugin.register_parsers(subparsers)
        if hasattr(plugin, "register_cli"):
            plugin.register_cli(subparsers)
    for manifest in manifests():
        for name in manifest["cli_modules"]:
            fresh(name).register_parsers(subparsers)
    return parser


def tools(manager: Manager) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for manifest in manifests():
        declared = manifest["mcp_tools"]
        assert declared["catalog"] in ("slim", "full")
        for tool in getattr(fresh(declared["module"]), declared["factory"])(manager):
            assert set(tool) == {"name", "description", "inputSchema", "handler"}
            found[tool["name"]] = tool
    return found


def main(argv: list[str]) -> int:
    try:
        if argv[0] == "--tools":
            print(*sorted(tools(Manager())))
            return 0
        if argv[0] == "--call":
            manager = Manager()
            answer = tools(manager)[argv[1]]["handler"](json.loads(argv[2]), manager)
            print(json.dumps(answer))
            return 0
        args = build_parser().parse_args(argv)
        code = args.func(args)
    except Exception as error:  # noqa: BLE001 -- AFS turns any into its own hint
        print(f"afs: {error}. Run `afs doctor`", file=sys.stderr)
        return 70
    assert isinstance(code, int)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
