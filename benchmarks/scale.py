"""What does a command cost in a large ledger, compared with the same command in a small one?"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from benchmarks.commands import commands_on
from benchmarks.environment import Installed
from benchmarks.ledgers import SHORT_LIFE, Built, Shape, build
from benchmarks.measure import Command, Figure, milliseconds, ratio, run_once, side_by_side, yardstick
from gitgates.ledger.index import notes_ref
from gitgates.ledger.locate import DEDICATED_BRANCH

_APPENDS = 20


def figures(installed: Installed, folder: Path, *, models: int = 1000, versions: int = 5000) -> list[Figure]:
    """Measure commands in a ledger of `models` models and one with one; appends to a model with `versions` and 5."""
    small, large = build(folder / "few", Shape()), build(folder / "many", Shape(models=models))
    return [*_records(installed, folder, small, large), *_versions(installed, folder, versions)]


def _records(installed: Installed, folder: Path, small: Built, large: Built) -> Iterator[Figure]:
    few, many = (commands_on(installed, built, folder) for built in (small, large))
    pairs = {
        f"{name} {size}": command for size, set_ in (("few", few), ("many", many)) for name, command in set_.items()
    }
    costs = side_by_side(pairs, installed.environ())
    for name in few:
        here, there = costs[f"{name} many"], costs[f"{name} few"]
        note = f"{milliseconds(here):.0f} ms against {milliseconds(there):.0f} ms"
        title = f"`{name}`, {large.shape.records:,} records against {small.shape.records}"
        yield Figure(title, ratio(here, there), 1.2, "times", note)


def _versions(installed: Installed, folder: Path, versions: int) -> Iterator[Figure]:
    """Whole `check`s, and what they cost beyond the start of a process, which would hide a growth."""
    built = {n: build(folder / f"versions-{n}", Shape(versions=n, plan=SHORT_LIFE)) for n in (5, versions)}
    checks = {str(n): commands_on(installed, one, folder)["check"] for n, one in built.items()}
    help_ = installed.command("check", "--help")
    commands = {"help": Command(lambda: help_), "yardstick": yardstick(installed), **checks}
    costs = side_by_side(commands, installed.environ())
    few, many = costs["5"], costs[str(versions)]
    title = f"append to a model with {versions:,} versions against 5"
    note = f"{milliseconds(many):.0f} ms against {milliseconds(few):.0f} ms"
    yield Figure(f"{title}, whole `check`", ratio(many, few), 1.4, "times", note)
    start = milliseconds(costs["help"])
    beyond = (milliseconds(many) - start) / (milliseconds(few) - start)
    yield Figure(f"{title}, without start-up", beyond, None, "times", "what `check --help` costs taken away")
    for n, one in built.items():
        yield from _bytes(installed, one, checks[str(n)], n)


def _bytes(installed: Installed, built: Built, check: Command, versions: int) -> Iterator[Figure]:
    refs = (DEDICATED_BRANCH, notes_ref(built.last.model))
    before, size = _git(built.path, "rev-parse", *refs).decode().split(), _size(built.path)
    for _ in range(_APPENDS):
        run_once(check, installed.environ())
    written = (_size(built.path) - size) / _APPENDS / 1024
    wanted = "".join(f"{line}\n" for line in (*refs, *(f"^{old}" for old in before)))
    pushed = len(_git(built.path, "pack-objects", "-q", "--revs", "--thin", "--stdout", stdin=wanted)) / _APPENDS / 1024
    title = f"bytes per append, model with {versions:,} versions"
    yield Figure(f"{title}, as written", written, None, "KiB", "loose objects, until `git gc`")
    yield Figure(f"{title}, as pushed", pushed, None, "KiB", "packed against what the other side has")


def _git(path: Path, *args: str, stdin: str = "") -> bytes:
    return subprocess.run(["git", *args], cwd=path, input=stdin.encode(), check=True, stdout=subprocess.PIPE).stdout


def _size(path: Path) -> int:
    """Return the bytes of all objects of the repository."""
    files = (os.path.join(folder, name) for folder, _, names in os.walk(path / ".git" / "objects") for name in names)
    return sum(map(os.path.getsize, files))
