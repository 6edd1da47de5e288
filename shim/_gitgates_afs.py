"""Makes `afs.gates` importable, with AFS or without. `gitgates-afs.pth` starts it at every start of Python.

So it imports nothing but `sys`, and only adds a finder at the end of `sys.meta_path`: whatever else provides `afs`,
`afs.gates` or `afs.cli.gates` wins, a finder further down the list included.

PYTEST_DONT_REWRITE: pytest would warn that it comes too late to rewrite this module's assertions; there are none.
"""

import sys

TYPE_CHECKING = False  # what type checkers read as True; importing `typing` for it would cost more than all the rest
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

# Imported under the left name from the files of the right one. The second is for AFS's own command line, whose
# `afs/cli/__init__.py` says `from . import gates`.
SERVED = {
    "afs.gates": "gitgates.integrations.afs_gates",
    "afs.cli.gates": "gitgates.integrations.afs_gates.cli",
}


class EmptyLoader:
    """Loads `afs` as a package with nothing in it, where no AFS is installed."""

    def create_module(self, spec: "ModuleSpec") -> "ModuleType | None":
        """Leave the making of the module to the import system."""

    def exec_module(self, module: "ModuleType") -> None:
        """Say in the module what it is; there is nothing else to run."""
        module.__doc__ = "A stand-in by gitgates: AFS is not installed here, only afs.gates is."


class AfsFinder:
    """Finds `afs` and what SERVED names; has no state."""

    def find_spec(
        self, fullname: str, path: "Sequence[str] | None" = None, target: "ModuleType | None" = None
    ) -> "ModuleSpec | None":
        """Return the spec of a name that nothing else provides, or None."""
        if (fullname != "afs" and fullname not in SERVED) or self._found_later(fullname, path, target):
            return None
        from importlib import machinery, util

        if fullname == "afs":
            # The abstract base class that the type asks for is not worth its import at every start of Python.
            return machinery.ModuleSpec(fullname, EmptyLoader(), is_package=True)  # type: ignore[arg-type]
        ours = util.find_spec(SERVED[fullname])
        if ours is None or ours.origin is None:
            return None
        return util.spec_from_file_location(
            fullname, ours.origin, submodule_search_locations=ours.submodule_search_locations
        )

    def _found_later(self, fullname: str, path: "Sequence[str] | None", target: "ModuleType | None") -> bool:
        """Tell whether a finder behind this one has the name: editable installs append theirs too."""
        behind = iter(sys.meta_path)
        if self not in behind:  # moves on to just behind this finder
            return False
        return any(finder.find_spec(fullname, path, target) for finder in behind if hasattr(finder, "find_spec"))


def install() -> None:
    """Append the finder, once."""
    if not any(isinstance(finder, AfsFinder) for finder in sys.meta_path):
        sys.meta_path.append(AfsFinder())
