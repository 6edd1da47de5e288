"""What does `sync` cost where 1,000 records have to go each way?"""

import shutil
import subprocess
from pathlib import Path
from statistics import median

from attrs import frozen

from benchmarks.environment import Installed
from benchmarks.ledgers import Built, Shape, build
from benchmarks.measure import Command, Figure, run_once
from gitgates.ledger.index import notes_ref
from gitgates.ledger.locate import DEDICATED_BRANCH, VERIFIED_REF

_ROUNDS = 3
_LIMIT = 5.0
_SCRATCH = "refs/heads/scratch"


@frozen
class _Scene:
    """A clone and a bare repository that parted after the first policy; copied for each measurement."""

    path: Path
    each_way: int

    def copy(self, name: str) -> Path:
        """Return the clone of a fresh copy."""
        to = self.path.parent / name
        shutil.copytree(self.path, to, symlinks=True)
        return to / "clone"


def figures(installed: Installed, folder: Path, *, models: int = 50, rounds: int = _ROUNDS) -> list[Figure]:
    """Measure a `sync` of the records of half of `models` each way: on a branch of its own, and beside code."""
    built = build(folder / "built" / "clone", Shape(models=models, versions=2))
    scene = _parted(built)
    joined = [_sync(installed, scene.copy(f"own-{number}")) for number in range(rounds)]
    again = [_append_one_by_one(installed, scene.copy(f"code-{number}")) for number in range(rounds)]
    what = f"`sync` of {scene.each_way:,} new records both ways"
    return [
        Figure(f"{what}, branch of its own", median(joined), _LIMIT, "s of CPU"),
        Figure(
            f"{what}, branch with unshared code", median(again), _LIMIT, "s of CPU", "each record in its own commit"
        ),
    ]


def _parted(built: Built) -> _Scene:
    """Leave the clone the records of the first half of the models, and give a bare repository those of the others."""
    path = built.path
    theirs = [notes_ref(f"model-{number:04}") for number in range(built.shape.models // 2, built.shape.models)]
    each = built.shape.records // 2
    root = _git(path, "rev-list", "--max-parents=0", DEDICATED_BRANCH)
    middle = _git(path, "rev-list", "--reverse", f"{root}..{DEDICATED_BRANCH}").split()[each - 1]
    # The second half again, as if nobody had seen the first.
    renamed = f"--refspec={DEDICATED_BRANCH}:{_SCRATCH}"
    shown = _git(path, "fast-export", "--reference-excluded-parents", renamed, f"{middle}..{DEDICATED_BRANCH}")
    stream = f"{shown}\n".replace(f"from {middle}\n", f"from {root}\n", 1)
    _git(path, "fast-import", "--quiet", stdin=stream)
    hub = path.parent / "hub.git"
    _git(path.parent, "init", "--quiet", "--bare", hub.name)
    _git(path, "push", "--quiet", "../hub.git", "main", f"{_SCRATCH}:{DEDICATED_BRANCH}", *(f"{n}:{n}" for n in theirs))
    _git(path, "remote", "add", "origin", "../hub.git")
    for ref in (_SCRATCH, *theirs):
        _git(path, "update-ref", "-d", ref)
    for ref in (DEDICATED_BRANCH, VERIFIED_REF):
        _git(path, "update-ref", ref, middle)
    _git(path, "update-ref", f"refs/gitgates/remotes/origin/{DEDICATED_BRANCH.removeprefix('refs/heads/')}", root)
    _git(path, "-c", "gc.reflogExpire=now", "gc", "--quiet", "--prune=now")
    return _Scene(path.parent, each)


def _append_one_by_one(installed: Installed, clone: Path) -> float:
    """Measure beside code that is not pushed yet: then records are appended again, each with its own commit."""
    blob = _git(clone, "hash-object", "-w", "--stdin", stdin="code\n")
    listed = _git(clone, "ls-tree", DEDICATED_BRANCH)
    tree = _git(clone, "mktree", stdin=f"{listed}\n100644 blob {blob}\ttrain.py\n")
    commit = _git(clone, "commit-tree", tree, "-p", DEDICATED_BRANCH, "-m", "Code")
    _git(clone, "update-ref", DEDICATED_BRANCH, commit)
    return _sync(installed, clone)


def _sync(installed: Installed, clone: Path) -> float:
    argv = installed.command("sync")
    return run_once(Command(lambda: argv, clone), installed.environ()).seconds


def _git(path: Path, *args: str, stdin: str = "") -> str:
    done = subprocess.run(
        ["git", *args], cwd=path, input=stdin, check=True, stdout=subprocess.PIPE, encoding="utf-8", errors="strict"
    )
    return done.stdout.removesuffix("\n")
