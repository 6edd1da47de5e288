"""A bare repository with the server hook, pushed to by path, and what can be asked of it."""

import os
import shutil
import sys
from pathlib import Path

import attrs

from tests.support import CHECKOUT, Result, git, run


@attrs.frozen
class Bare:
    """A bare repository that gitgates guards, at `path`; in `programs` is a `gitgates` that runs this Python."""

    path: Path
    programs: Path

    @property
    def env(self) -> dict[str, str]:
        return {"PATH": f"{self.programs}:{os.environ['PATH']}", "PYTHONPATH": str(CHECKOUT)}

    def push(self, clone: Path, *args: str) -> Result:
        """Push from `clone`; `args` are refspecs and options."""
        return run("git", "push", "--porcelain", self.path, *args, cwd=clone, env=self.env)

    def taken(self, clone: Path, *args: str) -> Result:
        """Push, and insist that it is taken."""
        done = self.push(clone, *args)
        assert done.code == 0, done
        return done

    def refused(self, clone: Path, *args: str) -> str:
        """Push, insist that nothing is taken and nothing left behind, and return what the pusher reads."""
        before = self.refs()
        done = self.push(clone, *args)
        assert done.code != 0, done
        assert "pre-receive hook declined" in done.out, done
        assert self.refs() == before
        assert not list(self.path.glob("objects/*incoming*"))
        assert "bug in gitgates" not in done.err
        return done.err

    def refs(self) -> str:
        return git(self.path, "for-each-ref", "--format=%(objectname) %(refname)")

    def config(self, key: str, value: str) -> None:
        git(self.path, "config", "--add", key, value)

    def without_hook(self, clone: Path, *args: str) -> None:
        """Push past the hook: what a server had before it was installed."""
        hook = self.path / "hooks/pre-receive"
        hook.rename(self.path / "pre-receive.aside")
        git(clone, "push", "--quiet", str(self.path), *args)
        (self.path / "pre-receive.aside").rename(hook)


def guarded(path: Path, *, object_format: str = "sha1") -> Bare:
    """Make an empty guarded repository at `path`."""
    git(path.parent, "init", "--quiet", "--bare", f"--object-format={object_format}", path)
    (path / "hooks").mkdir(exist_ok=True)
    shutil.copy(CHECKOUT / "hooks/pre-receive", path / "hooks/pre-receive")
    programs = path.parent / f"{path.name}-programs"
    programs.mkdir()
    program = programs / "gitgates"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -P -m gitgates "$@"\n')
    program.chmod(0o755)
    return Bare(path, programs)
