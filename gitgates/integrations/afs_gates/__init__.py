"""What `import afs.gates` gives: gitgates' public names, the same objects, under the name that scripts use.

The finder in `shim/` loads these files under the name `afs.gates` (docs/adr/0003-afs-import-shim.md), so each module
here imports from `gitgates` by its full name and holds nothing of its own.
"""

import gitgates

__all__ = list(gitgates.__all__)


def __getattr__(name: str) -> object:
    """Look `name` up in gitgates when it is asked for, so that importing this package stays cheap."""
    if name in __all__:
        return getattr(gitgates, name)
    if name == "register_parsers":  # for `from afs import gates; gates.register_parsers(subparsers)`
        from gitgates.integrations.afs import register_parsers

        return register_parsers
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "register_parsers"})
