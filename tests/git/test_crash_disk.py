"""No room, no right to write, and locks that others left: a clear error, nothing half written, and then it works."""

import contextlib
import ctypes
import json
import os
import resource
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gitgates.store import refs
from tests.cli.project import environment
from tests.git.killing import Ended, check_sound, process
from tests.git.team import Clone, Team
from tests.support import git, run

NAME = "veran:v1"
AT = ("--model", NAME, "--context", "staging")
REJECT = ("reject", *AT, "--reason", "slow", "--json")
CAP_DAC_OVERRIDE, PR_CAPBSET_DROP = 1, 24


def limited(clone: Clone, prepare: Callable[[], None], *args: str) -> Ended:
    """Run gitgates in a process that `prepare` has taken something from."""
    env = environment(GITGATES_SIGNING_KEY=str(clone.key.path), PYTHONDONTWRITEBYTECODE="1")
    argv = [sys.executable, "-m", "gitgates", *args]
    done = subprocess.run(argv, cwd=clone.path, env=env, capture_output=True, encoding="utf-8", preexec_fn=prepare)
    return Ended(done.returncode, done.stdout, done.stderr)


def approved(team: Team) -> set[str]:
    report = team.alice.report(NAME)
    return {report.path, team.alice.approve(NAME, report).path}


def answer(team: Team, clone: Clone) -> str:
    return str(json.loads(team.cli(clone, "can-deploy", *AT, "--json").out)["answer"])


def refused(done: Ended) -> None:
    """Insist on an error in words: no traceback, and no success."""
    assert done.code == 2, done
    assert done.err.startswith("gitgates: ")
    assert "bug" not in done.err


def at_most(size: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def rejected_with_more_and_more(team: Team, sizes: Iterator[int]) -> int:
    """Reject with files of at most so many bytes, more each time, until it works; return how often it did not."""
    alice = team.alice
    written = approved(team)
    before = alice.records()
    for number, size in enumerate(sizes):
        done = limited(alice, at_most(size), *REJECT)
        if done.code == 0:
            assert answer(team, alice) == "denied"
            check_sound(team, alice, written | set(done.paths()))
            return number
        refused(done)
        assert alice.records() == before
        assert answer(team, alice) == "allowed"
        assert alice.git("status", "--porcelain", "--untracked-files=all") == ""
        locks = [lock for lock in alice.path.glob(".git/**/*.lock") if lock.name != "gitgates.lock"]
        if locks:  # the system ends git where it writes too much
            told = process(alice, *REJECT).err
            assert any(f"{lock} is held by another git process" in told for lock in locks), told
        for lock in locks:
            lock.unlink()
        check_sound(team, alice, written)
    raise AssertionError("it never worked")


def test_no_room_for_a_record(code: Team) -> None:
    """The objects, the files of the worktree, the index and the refs are of different sizes, so each fails in turn."""
    assert rejected_with_more_and_more(code, iter((0, 100, 700, 1500, 1 << 20))) >= 3


@pytest.mark.deep
def test_no_room_at_any_size(team: Team) -> None:
    assert rejected_with_more_and_more(team, iter([0, *(int(1.3**number) for number in range(60))])) > 10


@contextlib.contextmanager
def small_disk(at: Path, size: str) -> Iterator[Path]:
    at.mkdir()
    mounted = run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", at)
    assert mounted.code == 0, f"this test mounts a small disk, which needs root: {mounted.err}"
    try:
        yield at
    finally:
        assert run("umount", at).code == 0


@pytest.mark.deep
@pytest.mark.parametrize("command", [REJECT, ("sync",), ("reindex",), ("verify", "--jobs", "1")], ids=lambda c: c[0])
def test_a_full_disk(team: Team, tmp_path: Path, command: tuple[str, ...]) -> None:
    """With more room each time, a command fails in words until it works."""
    written = approved(team)
    team.bob.report("other:1")
    team.bob.sync()
    for ref in team.alice.git("for-each-ref", "--format=%(refname)", "refs/notes").splitlines():
        team.alice.git("update-ref", "-d", ref)
    with small_disk(tmp_path / "disk", "24m,nr_inodes=100k") as disk:
        shutil.copytree(team.top, disk / "team", symlinks=True)
        moved = Team(disk / "team", team.branch, team.keys, team.gitgates, team.clock)
        alice, filler = moved.alice, disk / "filler"
        page, failed = 4096, 0
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"x" * page)
        size = filler.stat().st_size
        while True:
            done = process(alice, *command, PYTHONDONTWRITEBYTECODE="1", TMPDIR=str(disk))
            if done.code == 0:
                break
            assert done.code in (2, 3), done
            assert "bug" not in done.err, done
            assert "Traceback" not in done.err, done
            failed += 1
            size -= page * failed  # more each time: git leaves what it had begun to write
            os.truncate(filler, size)
        filler.unlink()
        check_sound(moved, alice, written | set(done.paths() if command == REJECT else ()))
        alice.sync()
        moved.settle(alice, moved.bob)
        moved.check(alice, moved.bob, names=("other:1",))
    assert failed or command[0] == "verify"


def without_privilege() -> None:
    """Have root bound by the permissions of files, as everybody else is."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "a capability cannot be dropped")


@contextlib.contextmanager
def read_only(path: Path) -> Iterator[None]:
    folders = [path, *(one for one in path.rglob("*") if one.is_dir() and not one.is_symlink())]
    modes = {folder: stat.S_IMODE(folder.stat().st_mode) for folder in folders}
    for folder in folders:
        folder.chmod(modes[folder] & ~0o222)
    try:
        yield
    finally:
        for folder in folders:
            folder.chmod(modes[folder])


def test_a_repository_that_may_only_be_read(team: Team) -> None:
    alice = team.alice
    written = approved(team)
    team.bob.report("other:1")
    team.bob.sync()
    before = alice.git("for-each-ref")
    with read_only(alice.path):
        for read in (("history", "--model", NAME), ("status", "--model", NAME), ("can-deploy", *AT), ("list",)):
            done = limited(alice, without_privilege, *read)
            assert (done.code, done.err) == (0, ""), done
        for write in (REJECT, ("sync",), ("sync", "--fetch-only")):
            done = limited(alice, without_privilege, *write)
            refused(done)
            assert "ermission" in done.err, done
        for command in ("reindex", "doctor"):  # the index is as it should be, so nothing is to be written
            assert limited(alice, without_privilege, command).code == 0
    assert alice.git("for-each-ref") == before
    check_sound(team, alice, written)
    alice.sync()
    team.settle(alice, team.bob)
    team.check(alice, team.bob, names=("other:1",))


LOCKS = {
    "index.lock": REJECT,
    "refs/heads/main.lock": REJECT,
    "refs/notes/gates/veran.lock": REJECT,
    "HEAD.lock": REJECT,
    "packed-refs.lock": ("doctor", "--clean"),
}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_that_somebody_left(code: Team, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named, with what to do; reading goes on; and once it is deleted, the command works."""
    monkeypatch.setattr(refs, "_LONGEST_PAUSE", 0.001)
    monkeypatch.setenv("GITGATES_SIGNING_KEY", str(code.keys.alice.path))
    alice = code.alice
    written = approved(code)
    git(alice.path, "config", "core.packedRefsTimeout", "1")
    if name == "packed-refs.lock":
        dead = subprocess.Popen([sys.executable, "-c", ""])
        dead.wait()
        git(alice.path, "update-ref", f"refs/gitgates/scratch/{dead.pid}-a/in/heads/main", "HEAD")
        os.utime(next(alice.path.glob(".git/refs/gitgates/scratch/**/main")), (0, 0))
    lock = alice.path / ".git" / name
    lock.touch()
    done = code.cli(alice, *LOCKS[name])
    assert done.code == 2, done
    assert f"{lock} is held by another git process" in done.err
    assert "delete the file if no git is running" in done.err
    assert answer(code, alice) == "allowed"
    lock.unlink()
    check_sound(code, alice, written)
    assert alice.git("status", "--porcelain", "--untracked-files=all") == ""
    assert code.cli(alice, *LOCKS[name]).code == 0
    check_sound(code, alice, written)


def test_sync_with_a_lock_on_packed_refs(own: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps the scratch refs from going, and nothing from being shared."""
    monkeypatch.setattr(refs, "_LONGEST_PAUSE", 0.001)
    alice = own.alice
    alice.git("config", "core.packedRefsTimeout", "1")
    report = alice.report(NAME)
    lock = alice.path / ".git/packed-refs.lock"
    lock.touch()
    assert own.cli(alice, "sync").code == 0
    assert report.path in own.on_hub()
    assert "refs/gitgates/scratch" in git(alice.path, "for-each-ref")
    lock.unlink()
    alice.sync()
    own.settle(alice, own.bob)
    own.check(alice, own.bob, names=(NAME,))
