"""What the fixtures of `conftest.py` hand out, for tests to name in their signatures."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import attrs

CHECKOUT = Path(__file__).resolve().parent.parent


@attrs.frozen
class Key:
    """A real ed25519 key pair on disk: `path` is the private key's file, `public` its `type base64`, no comment."""

    principal: str
    path: Path
    public: str


@attrs.frozen
class Keys:
    """Three people."""

    alice: Key
    bob: Key
    carol: Key


@attrs.frozen
class Result:
    """What a command gave."""

    code: int
    out: str
    err: str


class RepositoryFactory(Protocol):
    """Makes `<tmp_path>/<name>`, a repository on branch `main`, with one commit unless it is bare or told otherwise."""

    def __call__(
        self, name: str = "work", *, bare: bool = False, sha256: bool = False, commits: bool = True
    ) -> Path: ...


class Gitgates(Protocol):
    """Runs `gitgates ARGS` in this process, in folder `cwd` where given."""

    def __call__(self, *args: str | Path, cwd: Path | None = None) -> Result: ...


def run(*args: str | Path, cwd: Path | None = None, env: dict[str, str] | None = None, stdin: str = "") -> Result:
    """Run a program to its end; `env` is added to this process's environment."""
    done = subprocess.run(
        [os.fspath(arg) for arg in args],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    return Result(done.returncode, done.stdout, done.stderr)


def git(cwd: Path, *args: str | Path) -> str:
    """Run real git in `cwd` and return its output without the last newline; a failure fails the test."""
    result = run("git", *args, cwd=cwd)
    if result.code != 0:
        raise AssertionError(f"git {args} failed with {result.code}: {result.err}")
    return result.out.removesuffix("\n")


def set_verified(path: Path, rev: str | None) -> None:
    """Have the clone at `path` know `rev` as what it verified last; None for nothing, as if it had never verified."""
    ref = "refs/gitgates/verified"
    git(path, "update-ref", *((ref, rev) if rev is not None else ("-d", ref)))
    file = path / ".git/gitgates-verified"
    file.unlink(missing_ok=True)
    if rev is not None:
        file.write_text(git(path, "rev-parse", rev) + "\n")


def exit_code(error: SystemExit) -> int:
    """Return the code that the process would end with."""
    if error.code is None or isinstance(error.code, int):
        return error.code or 0
    print(error.code, file=sys.stderr)
    return 1


@contextlib.contextmanager
def folder(path: Path | None) -> Iterator[None]:
    """Work in `path` for a while."""
    with contextlib.chdir(path) if path else contextlib.nullcontext():
        yield
