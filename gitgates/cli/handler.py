"""From exceptions to messages and exit codes, in one place.

0 passed or allowed; 1 a gate failed or not allowed; 2 usage or bad input; 3 cannot decide; 4 a bug in gitgates;
130 interrupted.
"""

import os
import sys
from argparse import Namespace
from collections.abc import Callable

from gitgates.cli.output import Output, OutputClosed
from gitgates.errors import CannotDecide, GitgatesError, PushRefused, StoreError, Unreadable, UsageError

OK, NOT_OK, USAGE, UNDECIDED, BUG, INTERRUPTED = 0, 1, 2, 3, 4, 130

Run = Callable[[Namespace, Output], int]


def guarded(run: Run) -> Callable[[Namespace], int]:
    """Return a function of the parsed arguments that runs a command and never raises."""

    def call(args: Namespace) -> int:
        output = Output(as_json=getattr(args, "json", False))
        code = settled(output, lambda: _run_in_folder(run, args, output))
        if output.notices:
            from gitgates.cli.notifying import send_notices

            send_notices(output)
        return code

    return call


def settled(output: Output, run: Callable[[], int]) -> int:
    """Return the exit code of `run`, whatever it raises, once all that was printed has arrived."""
    try:
        code = _code_of(output, run)
        output.flush()
    except OutputClosed:  # whoever read our output has gone; there is nobody to tell
        _discard_output()
        return NOT_OK
    except StoreError as error:  # what was printed did not arrive, so no code may say that all went well
        _discard_output()
        output.error(str(error))
        return error.exit_code
    return code


def _code_of(output: Output, run: Callable[[], int]) -> int:
    try:
        return run()
    except OutputClosed:
        raise
    except GitgatesError as error:
        return _told(output, error)
    except KeyboardInterrupt:
        output.error("interrupted")
        return INTERRUPTED
    except Exception:  # noqa: BLE001 -- a bug is reported, with all that is needed to mend it
        return _bug(output)


def _run_in_folder(run: Run, args: Namespace, output: Output) -> int:
    """Run a command in the folder of `-C`: like git's, it is what all paths on the command line are relative to."""
    folder = getattr(args, "path", None)
    if folder is None:
        return run(args, output)
    here = os.getcwd()
    try:
        os.chdir(folder)
    except OSError as error:
        raise UsageError(f"-C: {folder}: {error.strerror}", remedy="Name a folder that is there") from None
    try:
        return run(args, output)
    finally:
        os.chdir(here)


def _discard_output() -> None:
    """Have what is left in the buffer go nowhere: Python would try again at its end, and complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _told(output: Output, error: GitgatesError) -> int:
    if isinstance(error, Unreadable):
        error = error.undecided()
    output.error(str(error))
    for line in error.told if isinstance(error, PushRefused) else ():
        output.note(f"remote: {line}")
    value = {"error": error.message, "remedy": error.remedy, "exit_code": error.exit_code}
    if isinstance(error, CannotDecide):
        value["cause"] = error.cause
    output.json("error/1", value)
    return error.exit_code


def _bug(output: Output) -> int:
    import traceback

    import gitgates

    output.error("this is a bug in gitgates. Please report it with the lines below.")
    sys.stderr.write(f"gitgates {gitgates.__version__}, Python {sys.version.split()[0]}\n{traceback.format_exc()}")
    output.json("error/1", {"error": "a bug in gitgates", "remedy": "Report it", "exit_code": BUG})
    return BUG
