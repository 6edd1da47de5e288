"""How many records a second can be appended to one clone, and are all of them there?"""

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.environment import Installed
from benchmarks.ledgers import SHORT_LIFE, Built, Shape, build
from benchmarks.measure import Figure
from benchmarks.rejecting import Rejecting
from gitgates.ledger.locate import DEDICATED_BRANCH
from gitgates.model.paths import SIGNATURE_SUFFIX

_ROUNDS = 3
_PROCESSES = (1, 2, 8)


def figures(
    installed: Installed,
    folder: Path,
    *,
    processes: Sequence[int] = _PROCESSES,
    appends: int = 48,
    rounds: int = _ROUNDS,
) -> list[Figure]:
    """Measure `appends` rejections by several processes at once: by programs, and by a command for each.

    Raises:
        RuntimeError, CalledProcessError: an append failed, a record is not there, or the ledger has another flaw.
    """
    # Each run appends to every version once: what an append costs grows with the version's records.
    built = build(folder / "clone", Shape(versions=appends, plan=SHORT_LIFE))
    rates: dict[tuple[str, int], list[float]] = {}
    for _ in range(rounds):  # in turns, so that what else the machine does falls on all alike
        for count in processes:
            for way, run in (("in process", _by_programs), ("whole `reject` commands", _by_commands)):
                elapsed = run(installed, built, _shares(count, appends))
                rates.setdefault((way, count), []).append(appends / elapsed)
    refuse_losses(installed, built, appends * sum(map(len, rates.values())))
    return [
        Figure(f"appends per second, {way}, {count} at once", median(found), None, "per second", "by the clock")
        for (way, count), found in sorted(rates.items())
    ]


def _shares(count: int, appends: int) -> list[list[str]]:
    """Return the model versions that each of `count` processes rejects."""
    return [[f"model-0000:v{number}" for number in range(first, appends, count)] for first in range(count)]


def _by_programs(installed: Installed, built: Built, shares: list[list[str]]) -> float:
    """Return the seconds from when all programs are ready until the last one ends."""
    programs = [Rejecting(installed, built.path, built.key, names) for names in shares]
    started = time.perf_counter()
    for program in programs:
        program.go()
    for program in programs:
        program.wait()
    return time.perf_counter() - started


def _by_commands(installed: Installed, built: Built, shares: list[list[str]]) -> float:
    """Return the seconds that as many shells need, each for one command after the other."""
    why = ("--context", "production", "--reason", "quality below the bar", "--key", built.key)
    reject = installed.command("reject", *why, "--model")
    loop = 'names=$1; shift; for name in $names; do "$@" "$name" >/dev/null || exit 1; done'
    started = time.perf_counter()
    shells = [
        subprocess.Popen(["sh", "-c", loop, "sh", " ".join(names), *reject], cwd=built.path, env=installed.environ())
        for names in shares
    ]
    codes = [shell.wait() for shell in shells]
    if any(codes):
        raise RuntimeError(f"an append failed: exit codes of the shells {codes}")
    return time.perf_counter() - started


def refuse_losses(installed: Installed, built: Built, appended: int) -> None:
    """Raise RuntimeError unless the ledger has grown by `appended` records; CalledProcessError if it has flaws."""
    argv = ["git", "ls-tree", "-r", "--name-only", DEDICATED_BRANCH]
    listed = subprocess.run(argv, cwd=built.path, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    signed = sum(name.endswith(SIGNATURE_SUFFIX) for name in listed) - 1  # the policy's
    if signed != built.shape.records + appended:
        raise RuntimeError(f"{built.path}: {built.shape.records + appended} records were written, {signed} are there")
    subprocess.run(
        installed.command("verify"), cwd=built.path, env=installed.environ(), check=True, stdout=subprocess.DEVNULL
    )
