"""gitgates as a process of its own: `gitgates` and `python -m gitgates`."""

import gc

_MANY = 100_000
"""New containers after which Python looks for cycles. Its default, 700, makes it look 60 times during a start."""


def main() -> int:
    """Run the command line with the process's arguments and return the exit code.

    A command lives a tenth of a second and leaves hardly any cycles, so looking for them costs far more than they do:
    16 % of a whole `status`. Inside somebody else's process, `cli.main.main` leaves the collector alone.
    """
    gc.set_threshold(_MANY)  # before the imports, which make most objects
    from gitgates.cli.main import main as run

    code = run()
    gc.freeze()  # at its end Python looks through everything twice more, but not through what is frozen
    return code
