"""Killed at any call of git, `sync` loses nothing, and the next one works."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.project import environment
from tests.git.team import Team
from tests.support import git

WRAPPER = """\
#!/bin/sh
count=$(($(cat "{folder}/count") + 1))
echo $count > "{folder}/count"
if [ $count -eq $(cat "{folder}/limit") ]; then
    {before}
    kill -KILL $PPID
    exit 1
fi
exec "{git}" "$@"
"""


class Killer:
    """A `git` on PATH that kills whoever starts it, at a call that is chosen by its number."""

    def __init__(self, folder: Path, *, after: bool) -> None:
        found = shutil.which("git")
        assert found is not None
        self.folder = folder
        folder.mkdir()
        (folder / "git").write_text(
            WRAPPER.format(folder=folder, git=found, before=f'"{found}" "$@"' if after else ":")
        )
        (folder / "git").chmod(0o755)

    def sync(self, clone: Path, limit: int) -> int:
        """Sync, to be killed at call `limit`; return the exit code."""
        (self.folder / "count").write_text("0")
        (self.folder / "limit").write_text(str(limit))
        env = environment(PATH=f"{self.folder}{os.pathsep}{os.environ['PATH']}")
        argv = [sys.executable, "-m", "gitgates", "sync"]
        done = subprocess.run(argv, cwd=clone, env=env, capture_output=True)
        return done.returncode


@pytest.mark.parametrize(
    ("team", "after", "stride"),
    [
        ("own", False, 5), ("code", True, 5),
        pytest.param("own", True, 1, marks=pytest.mark.deep), pytest.param("code", False, 1, marks=pytest.mark.deep),
    ],
    indirect=["team"],
)  # fmt: skip
def test_killed_at_any_call(team: Team, tmp_path: Path, after: bool, stride: int) -> None:
    """Before the call does anything, or after it has done its work."""
    alice, bob = team.alice, team.bob
    killer = Killer(tmp_path / "bin", after=after)
    alice.git("remote", "set-url", "origin", team.hub)
    written, limit, step = set(alice.records()), 1, 1
    while True:
        if step == 1 or step % 3 == 0:  # something new for both ways, again and again
            written |= {alice.report(f"a:{limit}").path, bob.report(f"b:{limit}").path}
            bob.sync()
        code = killer.sync(alice.path, limit)
        assert code in (0, -signal.SIGKILL), code
        assert git(alice.path, "status", "--porcelain").count(" D ") == 0
        if code == 0:
            break
        limit, step = limit + stride, step + 1
    assert limit > 20
    left = alice.git("for-each-ref", "--format=%(refname)").splitlines()
    assert any(ref.startswith("refs/gitgates/scratch/") for ref in left)
    alice.sync()
    team.settle(alice, bob)
    assert written <= team.on_hub().keys()
    team.check(alice, bob, names=("a:1", "b:1"))
