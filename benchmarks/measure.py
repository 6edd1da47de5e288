"""Measuring processes on a busy machine: CPU time with children, as ratios within a round, in rounds side by side."""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median

from attrs import frozen

from benchmarks.environment import Installed

ROUNDS = 15
MIB = 1024 * 1024


@frozen
class Cost:
    """What one run cost: CPU seconds with children, seconds by the clock, the largest peak of a process of it."""

    seconds: float
    elapsed: float
    peak_bytes: int


@frozen
class Command:
    """A process to measure.

    Attributes:
        argv: asked for anew before each run, so that each can be about something new.
        codes: exit codes with which it did its work.
        stdin: what it reads.
    """

    argv: Callable[[], Sequence[str]]
    cwd: Path | None = None
    codes: tuple[int, ...] = (0,)
    stdin: bytes = b""


@frozen
class Figure:
    """A line of the table.

    Attributes:
        budget: the most that `value` may be (the least, where `at_least`), None where it is only stated.
    """

    name: str
    value: float
    budget: float | None
    unit: str
    note: str = ""
    at_least: bool = False

    @property
    def is_met(self) -> bool:
        """Whether the budget is kept."""
        if self.budget is None:
            return True
        return self.value >= self.budget if self.at_least else self.value <= self.budget


def run_once(command: Command, environ: Mapping[str, str]) -> Cost:
    """Run a command to its end and return what it cost.

    Raises:
        RuntimeError: it ended with another code; a command that fails early is no measurement.
    """
    argv = command.argv()
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as given:
        given.write(command.stdin)
        given.seek(0)
        started = time.perf_counter()
        process = subprocess.Popen(argv, cwd=command.cwd, env=environ, stdin=given, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        elapsed = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in command.codes:
            output.seek(0)
            said = output.read().decode("utf-8", "replace")
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}: {said}")
    # Linux counts in KiB, macOS in bytes.
    peak = usage.ru_maxrss * (1 if os.uname().sysname == "Darwin" else 1024)
    return Cost(usage.ru_utime + usage.ru_stime, elapsed, peak)


def side_by_side(
    commands: Mapping[str, Command], environ: Mapping[str, str], rounds: int = ROUNDS
) -> dict[str, list[Cost]]:
    """Run every command once a round, so that what else the machine does falls on all alike."""
    for command in commands.values():  # once unmeasured: files come into the page cache
        run_once(command, environ)
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            costs[name].append(run_once(command, environ))
    return costs


def ratio(costs: Sequence[Cost], to: Sequence[Cost]) -> float:
    """Return the median of the ratios of CPU time within each round."""
    return median(one.seconds / other.seconds for one, other in zip(costs, to, strict=True))


def milliseconds(costs: Sequence[Cost]) -> float:
    """Return the median CPU time."""
    return 1000 * median(cost.seconds for cost in costs)


def peak_mib(costs: Sequence[Cost]) -> float:
    """Return the largest peak of all runs."""
    return max(cost.peak_bytes for cost in costs) / MIB


def yardstick(installed: Installed) -> Command:
    """Return what whole commands are measured in: the start of Python with what any command line needs."""
    argv = [os.fspath(installed.python), "-c", "import argparse, subprocess"]
    return Command(lambda: argv)
