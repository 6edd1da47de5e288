"""From exceptions to messages and exit codes, in one place.

0 passed or allowed; 1 a gate failed or not allowed; 2 usage or bad input; 3 cannot decide; 4 a bug in gitgates;
130 interrupted.
"""

import os
import sys
from argparse import Namespace
from collections.abc import Callable

from gitgates.cli.output import Output
from gitgates.errors import CannotDecide, GitgatesError

OK, NOT_OK, USAGE, UNDECIDED, BUG, INTERRUPTED = 0, 1, 2, 3, 4, 130

Run = Callable[[Namespace, Output], int]


def guarded(run: Run) -> Callable[[Namespace], int]:
    """Return a function of the parsed arguments that runs a command and never raises."""

    def call(args: Namespace) -> int:
        output = Output(as_json=getattr(args, "json", False))
        try:
            code = run(args, output)
            sys.stdout.flush()
        except GitgatesError as error:
            return _told(output, error)
        except BrokenPipeError:  # whoever read our output has gone; there is nobody to tell
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return NOT_OK
        except KeyboardInterrupt:
            output.error("interrupted")
            return INTERRUPTED
        except Exception:  # noqa: BLE001 -- a bug is reported, with all that is needed to mend it
            return _bug(output)
        return code

    return call


def _told(output: Output, error: GitgatesError) -> int:
    output.error(str(error))
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
