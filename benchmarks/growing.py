"""What of a command's cost grows with the records that a ledger has already?"""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from benchmarks.commands import commands_on
from benchmarks.environment import Installed
from benchmarks.ledgers import Built, Shape, build
from benchmarks.measure import Command, Cost, Figure, milliseconds, ratio, side_by_side
from benchmarks.rejecting import reject_all

_SIZES = (10, 100, 1000)
_NEW = 10
_ROUNDS = 5


def figures(
    installed: Installed, folder: Path, *, sizes: Sequence[int] = _SIZES, rounds: int = _ROUNDS
) -> list[Figure]:
    """Measure `sync`, `check` and `status` in ledgers of `sizes` models with a hundred records each, against the first.

    What a `sync` brings and sends are rejections of the versions of one model, for each side.
    """
    built = [build(folder / str(models) / "clone", Shape(models=models)) for models in sizes]
    commands = {
        f"{name} {one.shape.models}": command for one in built for name, command in commands_of(installed, one).items()
    }
    costs = side_by_side(commands, installed.environ(), rounds)
    names = dict.fromkeys(name.rpartition(" ")[0] for name in commands)
    return [
        _figure(name, one, costs[f"{name} {one.shape.models}"], costs[f"{name} {sizes[0]}"])
        for name in names
        for one in built
    ]


def _figure(name: str, built: Built, costs: Sequence[Cost], to: Sequence[Cost]) -> Figure:
    note = f"{milliseconds(costs):.0f} ms against {milliseconds(to):.0f} ms"
    return Figure(f"{name}, {built.shape.records:,} records", ratio(costs, to), None, "times", note)


def commands_of(installed: Installed, built: Built) -> dict[str, Command]:
    """Return what is measured on a ledger. Each can be run again and again; the clone gets a remote for it."""
    on_ledger = commands_on(installed, built, built.path.parent)
    colleague = _shared(installed, built)
    sync = installed.command("sync")
    # Not of the model that `status` and `check` are about: what they cost grows with what is rejected.
    news = [f"model-0000:v{number % built.shape.versions}" for number in range(_NEW)]

    def with_news() -> Sequence[str]:
        _sync(installed, built.path)
        for path in (colleague, built.path):
            reject_all(installed, path, built.key, news)
        _sync(installed, colleague)
        return sync

    def without_news() -> Sequence[str]:
        _sync(installed, built.path)
        return sync

    return {
        "`status`": on_ledger["status"],
        "append by `check`": on_ledger["check"],
        "`sync` with nothing new": Command(without_news, built.path),
        f"`sync` with {_NEW} new records each way": Command(with_news, built.path),
    }


def _shared(installed: Installed, built: Built) -> Path:
    """Give the clone a remote, and return a colleague's clone, which has all of the index as well."""
    folder = built.path.parent
    _git(folder, "clone", "--quiet", "--bare", built.path.name, "hub.git")
    _git(built.path, "remote", "add", "origin", "../hub.git")
    colleague = folder / "colleague"
    shutil.copytree(built.path, colleague)
    for path in (built.path, colleague):
        _sync(installed, path)
    return colleague


def _sync(installed: Installed, path: Path) -> None:
    done = subprocess.run(
        installed.command("sync"), cwd=path, env=installed.environ(), check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{path}: sync ended with {done.returncode}: {done.stderr}")


def _git(path: Path, *args: str) -> None:
    subprocess.run(["git", *args], cwd=path, check=True)
