"""Killing a command of gitgates at a call of git, and what must hold after that."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import attrs

from tests.cli.project import environment
from tests.git.team import LEDGER, Clone, Team
from tests.support import git, run

WRAPPER = """\
#!/bin/sh
word=$(cat "{folder}/word")
case " $* " in
*"$word"*) ;;
*) exec "{git}" "$@" ;;
esac
count=$(($(cat "{folder}/count") + 1))
echo $count > "{folder}/count"
if [ $count -eq $(cat "{folder}/limit") ]; then
    [ $(cat "{folder}/after") -eq 0 ] || "{git}" "$@"
    kill -KILL $PPID
    exit 1
fi
exec "{git}" "$@"
"""

ADDED = ("A ", "??")
TEXTS = (f" M {LEDGER}/policy.toml", f"M  {LEDGER}/policy.toml")
"""How the text for people looks where a new one was written, and the branch had not moved yet."""


@attrs.frozen
class Point:
    """The `number`-th call of git (from 1) that has `word` on its command line, and whether it does its work first."""

    word: str
    after: bool = False
    number: int = 1


@attrs.frozen
class Ended:
    """A command that ended, or was killed."""

    code: int
    out: str
    err: str

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL

    def paths(self) -> list[str]:
        """Return the paths of the records that it reported as written."""
        value = json.loads(self.out) if self.out.strip() else {}
        return [record["path"] for record in value.get("records", ())]


@attrs.frozen
class Killer:
    """A `git` on PATH that kills whoever starts it, at one call."""

    folder: Path

    @classmethod
    def made(cls, folder: Path) -> "Killer":
        found = shutil.which("git")
        assert found is not None
        folder.mkdir()
        (folder / "git").write_text(WRAPPER.format(folder=folder, git=found))
        (folder / "git").chmod(0o755)
        return cls(folder)

    def run(self, at: Point, clone: Clone, *args: str) -> Ended:
        """Run gitgates in a clone as its owner."""
        for name, value in (("word", at.word), ("after", int(at.after)), ("limit", at.number), ("count", 0)):
            (self.folder / name).write_text(str(value))
        path = f"{self.folder}{os.pathsep}{os.environ['PATH']}"
        return process(clone, *args, PATH=path)

    def runs(self, clone: Clone, *args: str, after: bool, step: int = 1) -> Iterator[Ended]:
        """Run a command again and again, killed at each `step`-th call of git, until it comes to its end."""
        number = 1
        while True:
            done = self.run(Point("", after, number), clone, *args)
            yield done
            if not done.killed:
                assert done.code == 0, done
                return
            number += step


def process(clone: Clone, *args: str, **variables: str) -> Ended:
    """Run gitgates as a process in a clone, as the clone's owner."""
    env = environment(GITGATES_SIGNING_KEY=str(clone.key.path), **variables)
    argv = [sys.executable, "-m", "gitgates", *args]
    done = subprocess.run(argv, cwd=clone.path, env=env, capture_output=True, encoding="utf-8")
    return Ended(done.returncode, done.stdout, done.stderr)


def check_sound(team: Team, clone: Clone, written: set[str]) -> None:
    """Insist that nothing is lost or half there, and that the user's next commit deletes nothing."""
    done = team.cli(clone, "verify", "--jobs", "1", "--json")
    assert done.code == 0, done
    assert [f for f in json.loads(done.out)["findings"] if f["affects_decision"]] == []
    records = clone.records()
    assert written <= records.keys()
    bodies = {path for path in records if f"{LEDGER}/models/" in path and not path.endswith((".sig", "model.json"))}
    assert {f"{path}.sig" for path in bodies} <= records.keys()
    fsck = run("git", "fsck", "--no-dangling", cwd=clone.path)
    assert (fsck.code, "error" in fsck.err + fsck.out) == (0, False), fsck
    changed = clone.git("status", "--porcelain", "--untracked-files=all").splitlines()
    odd = [line for line in changed if LEDGER not in line or not (line[:2] in ADDED or line.endswith(TEXTS))]
    assert odd == [], odd


def commits_as_user(clone: Clone) -> None:
    """Commit what is staged, and something else, as a user would who knows nothing of what happened."""
    (clone.path / "train.py").write_text("x = 2\n")
    git(clone.path, "add", "train.py")
    git(clone.path, "commit", "--quiet", "--message", "mine")
    assert git(clone.path, "log", "--all", "--diff-filter=D", "--format=%h", "--", LEDGER) == ""
