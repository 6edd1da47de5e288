"""A clone with gitgates' hooks and a bare repository that it pushes to, for tests with real pushes."""

import os
import sys
from pathlib import Path

import attrs

from tests.cli.project import Project, environment
from tests.support import Gitgates, Key, RepositoryFactory, Result, git, run

GOOD = '{"quality_score": 0.95, "throughput_tokens_per_sec": 50}'
BAD = '{"quality_score": 0.1, "throughput_tokens_per_sec": 50}'


def program(folder: Path) -> str:
    """Put a `gitgates` that runs this checkout into `folder`, and return a PATH that begins with it."""
    folder.mkdir(exist_ok=True)
    file = folder / "gitgates"
    file.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m gitgates "$@"\n')
    file.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


@attrs.frozen
class Pusher:
    """A project whose `origin` is the bare repository `server`; its hooks run this checkout's gitgates."""

    project: Project
    server: Path
    search_path: str

    @property
    def path(self) -> Path:
        return self.project.path

    def push(self, *args: str, cwd: Path | None = None, **env: str) -> Result:
        """Run `git push ARGS` with the hooks in force."""
        return run("git", "push", *args, cwd=cwd or self.path, env=environment(**{"PATH": self.search_path, **env}))

    def shared(self) -> "Pusher":
        """Push main, which must be accepted."""
        done = self.push("origin", "main")
        assert done.code == 0, done
        return self

    def on_server(self, ref: str) -> str | None:
        """Return what the server's ref holds."""
        return git(self.server, "for-each-ref", "--format=%(objectname)", ref) or None

    def head(self) -> str:
        return git(self.path, "rev-parse", "HEAD")

    def report(self, model: str = "veran:v1", context: str = "staging", text: str = GOOD) -> list[Path]:
        """Record a report and return its files."""
        (self.path / "measured.json").write_text(text)
        done = self.project("check", "--model", model, "--context", context, "--metrics", "measured.json")
        assert done.code in (0, 1), done
        name, version = model.split(":")
        return sorted((self.path / ".quality-gates/models" / name / version).glob("*-report-*"))

    def rules(self, text: str, name: str = "pyproject.toml") -> None:
        (self.path / name).write_text(text)


def make_pusher(
    repository: RepositoryFactory, gitgates: Gitgates, key: Key, tmp_path: Path, *, with_ledger: bool = True
) -> Pusher:
    """Return a clone with the client hooks installed, and a ledger on main."""
    path, server = repository(), repository("server", bare=True)
    git(path, "remote", "add", "origin", server)
    pusher = Pusher(Project(path, gitgates, key), server, program(tmp_path / "bin"))
    if with_ledger:
        pusher.project.ok("init", "--key", key.path)
    pusher.project.ok("hooks", "install")
    return pusher
