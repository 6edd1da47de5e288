"""The `afs` command that gitgates installs: the real AFS where there is one, else `afs gates` alone.

Both packages have a script of this name, and the one installed last is on disk. With this one, AFS still gets its
arguments as they were typed; with AFS's own, `afs gates` is there where AFS registers the group.
"""

import sys
from collections.abc import Callable

USAGE = """\
usage: afs gates COMMAND ...

AFS is not installed here. gitgates provides `afs gates`, the same as `gitgates`:
  afs gates --help     the commands
  afs gates check ...  run the gates for a model version
"""


def real_main() -> Callable[[], int | str | None] | None:
    """Return `main` of AFS's command line, or None where no AFS is importable.

    An AFS that is there and fails to import raises what it raises: else it would look as if AFS were not installed.
    """
    from importlib import import_module, util

    try:
        spec = util.find_spec("afs.cli")
    except ModuleNotFoundError as error:
        if error.name != "afs":
            raise
        spec = None
    main: Callable[[], int | str | None] | None = getattr(import_module("afs.cli"), "main", None) if spec else None
    return main


def main() -> int | str | None:
    """Run what `sys.argv` asks for; return what `sys.exit` takes. `sys.argv` stays as it is where AFS takes over."""
    afs_main = real_main()
    if afs_main is not None:
        return afs_main()
    arguments = sys.argv[1:]
    if arguments[:1] == ["gates"]:
        from gitgates.cli.main import main as gitgates_main

        return gitgates_main(arguments[1:])
    if arguments[:1] in (["-h"], ["--help"]):
        sys.stdout.write(USAGE)
        return 0
    sys.stderr.write(USAGE)
    return 2
