"""Running git: argument lists, bytes, a scrubbed environment, and errors that keep everything git said."""

import contextlib
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from typing import IO

from gitgates.errors import GitError, GitUnreadable, StoreError
from gitgates.model.frozen import frozen
from gitgates.store.environment import scrubbed

OLDEST_GIT = (2, 34)

_LOCKED = re.compile(r"Unable to create '(.*)': File exists")
REPAIR = "Run `git fsck`; fetch the repository again from a clone that is whole"
_REFETCH = "Run `git fetch --refetch --no-filter`; where that does not help, `git fsck` names what is damaged"
_DAMAGED = re.compile(
    rb"is corrupt|corrupt loose object|loose object file|object file \S+ is empty|unable to unpack"
    rb"|inflate: data stream error|hash mismatch|unable to read (?:tree|object|sha1|[0-9a-f]{40})"
    rb"|[Cc]ould not read [0-9a-f]{40}|[Ff]ailed to read object|[Ff]ailed to parse (?:commit|tree|object)"
    rb"|unable to parse (?:commit|object)|bad (?:tree )?object|missing (?:blob )?object|Failed to traverse parents"
    rb"|revision walk setup failed|packfile \S+ (?:cannot be (?:accessed|mapped)|is truncated|does not match index)"
    rb"|file \S+ is (?:far )?too short to be a packfile|file \S+ is not a GIT packfile|index file \S+ is too small"
)
"""What git says of objects, packs and indexes that it cannot read. Its messages are in English, see `environment`."""


@frozen
class Finished:
    """What a git command left behind."""

    command: tuple[str, ...]
    returncode: int
    stdout: bytes
    stderr: bytes

    def lock(self) -> str | None:
        """Return the lock file that another process held, or None where that is not why the command failed."""
        found = _LOCKED.search(os.fsdecode(self.stderr)) if self.returncode else None
        return found.group(1) if found else None

    def error(self) -> StoreError:
        """Return the error that this command means; an outdated git is named first, since it explains the rest."""
        error = GitError(self.command, self.returncode, self.stdout, self.stderr)
        return _outdated() or (GitUnreadable(error, remedy=_REFETCH) if self.met_damage() else error)

    def met_damage(self) -> bool:
        """Tell whether the command failed over what is stored: damaged, or not all there."""
        return self.returncode != 0 and _DAMAGED.search(self.stderr) is not None


def attempt(
    args: Sequence[str],
    *,
    cwd: str | None = None,
    git_dir: str | None = None,
    work_tree: str | None = None,
    stdin: bytes = b"",
    config: Mapping[str, str] | None = None,
    write: bool = False,
) -> Finished:
    """Run `git args` and return what came of it, whatever the exit code.

    Args:
        cwd: folder that git changes to first.
        git_dir: the repository; searched for from `cwd` where it is not given.
        work_tree: the worktree, for commands that need one.
        config: settings that win over every configuration file.
        write: whether git may take locks that it does not need for its answer.

    Raises:
        StoreError: git cannot be started.
    """
    env = scrubbed(os.environ, config=config, write=write)
    argv = _argv(args, cwd, git_dir, work_tree)
    try:
        done = subprocess.run(argv, input=stdin, capture_output=True, env=env, check=False)
    except OSError as error:
        raise cannot_start(error) from error
    return Finished(tuple(args), done.returncode, done.stdout, done.stderr)


def run(
    args: Sequence[str],
    *,
    cwd: str | None = None,
    git_dir: str | None = None,
    work_tree: str | None = None,
    stdin: bytes = b"",
    ok_codes: tuple[int, ...] = (0,),
    config: Mapping[str, str] | None = None,
    write: bool = False,
) -> bytes:
    """Run `git args` as `attempt` does and return its standard output.

    Raises:
        GitError: the exit code is not in `ok_codes`.
        StoreError: git cannot be started, or is older than 2.34 and the command failed.
    """
    done = attempt(args, cwd=cwd, git_dir=git_dir, work_tree=work_tree, stdin=stdin, config=config, write=write)
    if done.returncode not in ok_codes:
        raise done.error()
    return done.stdout


@frozen
class Conversation:
    """A git command that runs on, and its two pipes."""

    process: "subprocess.Popen[bytes]"
    stdin: IO[bytes]
    stdout: IO[bytes]

    def kill(self) -> None:
        """End git at once: whoever reads from it then meets the end of the pipe."""
        self.process.kill()

    def end(self) -> None:
        """Close both pipes and wait; git stops at the first answer that nobody takes."""
        self.stdout.close()
        with contextlib.suppress(BrokenPipeError):  # it ended before us, with questions still in the pipe
            self.stdin.close()
        self.process.wait()


def start(args: Sequence[str], *, git_dir: str, config: Mapping[str, str] | None = None) -> Conversation:
    """Start `git args` with pipes for input and output; its standard error goes nowhere, so that it cannot fill up.

    Args:
        config: settings that win over every configuration file.
    """
    process = _start(args, git_dir, config, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if process.stdin is None or process.stdout is None:
        raise AssertionError("unreachable: both were asked for as pipes")
    return Conversation(process, process.stdin, process.stdout)


def launch(args: Sequence[str], *, git_dir: str) -> "subprocess.Popen[bytes]":
    """Start `git args` without input, and with pipes for both outputs, which the caller reads."""
    return _start(args, git_dir, None, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)


def _start(
    args: Sequence[str], git_dir: str, config: Mapping[str, str] | None, *, stdin: int, stderr: int
) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(
            _argv(args, None, git_dir, None),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=scrubbed(os.environ, config=config),
        )
    except OSError as error:
        raise cannot_start(error) from error


def _argv(args: Sequence[str], cwd: str | None, git_dir: str | None, work_tree: str | None) -> list[str]:
    argv = ["git"]
    if cwd is not None:
        argv += ["-C", cwd]
    if git_dir is not None:
        argv.append(f"--git-dir={git_dir}")
    if work_tree is not None:
        argv.append(f"--work-tree={work_tree}")
    return [*argv, *args]


def cannot_start(error: OSError) -> StoreError:
    """Return the error for a git that cannot be started."""
    if isinstance(error, FileNotFoundError):
        return StoreError("git was not found", remedy="Install git 2.34 or newer and put it on PATH")
    return StoreError(f"git cannot be started: {error}")


def _outdated() -> StoreError | None:
    """Return an error where git is older than gitgates needs. Asked only after something failed: it costs a process."""
    text = attempt(["version"]).stdout.decode("ascii", "replace")
    found = re.search(r"(\d+)\.(\d+)", text)
    if found is None or (int(found.group(1)), int(found.group(2))) >= OLDEST_GIT:
        return None
    return StoreError(f"git {found.group(0)} is too old", remedy="Install git 2.34 or newer")
