"""A remote that accepts a connection and then says nothing is given up after a while; a slow one is not."""

import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitgates.errors import RemoteUnreachable, UsageError
from gitgates.store import listening
from gitgates.store.remotes import advertised, fetch, push
from gitgates.store.repository import Repository
from tests.git.team import Team
from tests.support import RepositoryFactory, git

MAIN = "refs/heads/main"
INTO = "refs/gitgates/incoming/1/"
LIMIT = "GITGATES_NETWORK_TIMEOUT"


@pytest.fixture
def silent() -> Iterator[str]:
    """Give the address of a server that takes every connection, and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}/x.git"


@pytest.mark.parametrize("protocol", ["git", "http", "ssh"])
def test_silence_ends_every_conversation(
    protocol: str, silent: str, repository: RepositoryFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = repository()
    ssh = tmp_path / "ssh"
    ssh.write_text("#!/bin/sh\nexec cat\n")
    ssh.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(ssh))
    monkeypatch.setenv(LIMIT, "1")
    git(path, "remote", "add", "origin", f"{protocol}://{silent}")
    repo, before = Repository.open(str(path)), git(path, "for-each-ref")
    told = "origin has not said anything for 1 s, so git was ended"
    with pytest.raises(RemoteUnreachable, match=told) as caught:
        fetch(repo, "origin", (MAIN,), INTO)
    assert f"allow more seconds with {LIMIT}" in caught.value.remedy
    with pytest.raises(RemoteUnreachable, match=told):
        advertised(repo, "origin", (MAIN,))
    with pytest.raises(RemoteUnreachable, match=told):
        push(repo, "origin", {MAIN: git(path, "rev-parse", "main")}, lambda _: None)
    assert git(path, "for-each-ref") == before
    assert list((path / ".git").rglob("*.lock")) == []


def test_sync_says_so_and_changes_nothing(silent: str, own: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = own.alice
    written = alice.report("veran:v1")
    alice.git("remote", "set-url", "origin", f"git://{silent}")
    monkeypatch.setenv(LIMIT, "1")
    before = alice.git("for-each-ref")
    done = own.cli(alice, "sync")
    assert (done.code, "origin has not said anything for 1 s" in done.err) == (3, True), done
    assert alice.git("for-each-ref") == before
    alice.git("remote", "set-url", "origin", "../hub.git")
    assert alice.sync().sent == (written.id,)


def test_a_slow_remote_that_goes_on_talking_is_waited_for(
    repository: RepositoryFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, origin = repository(), repository("origin.git", bare=True)
    hook = origin / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\nfor n in 1 2 3 4 5 6; do echo $n >&2; sleep 0.5; done\n")
    hook.chmod(0o755)
    monkeypatch.setenv(LIMIT, "2")
    commit = git(path, "rev-parse", "main")
    push(Repository.open(str(path)), str(origin), {MAIN: commit})
    assert git(origin, "rev-parse", "main") == commit


def test_a_slow_remote_that_says_nothing_is_not(repository: RepositoryFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may take the push all the same; the next one finds out."""
    path, origin = repository(), repository("origin.git", bare=True)
    hook = origin / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\nsleep 3\n")
    hook.chmod(0o755)
    git(origin, "config", "receive.keepAlive", "1")
    monkeypatch.setenv(LIMIT, "1")
    commit = git(path, "rev-parse", "main")
    with pytest.raises(RemoteUnreachable, match="has not said anything for 1 s"):
        push(Repository.open(str(path)), str(origin), {MAIN: commit})
    monkeypatch.setenv(LIMIT, "0")
    hook.unlink()
    push(Repository.open(str(path)), str(origin), {MAIN: commit})
    assert git(origin, "rev-parse", "main") == commit


def test_a_git_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "_GRACE", 1)
    argv = ["sh", "-c", "trap '' TERM; exec sleep 60"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        with pytest.raises(RemoteUnreachable, match="origin has not said anything for 1 s"):
            listening.listen(process, "origin", 1, None)
        assert process.wait() == -signal.SIGKILL


@pytest.mark.parametrize("value", ["soon", "-1", "1.5", "9999999", "٣"])
def test_a_limit_that_is_none(value: str, repository: RepositoryFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    path = repository()
    monkeypatch.setenv(LIMIT, value)
    with pytest.raises(UsageError, match=f"{LIMIT}: '{value}' is no number of seconds"):
        fetch(Repository.open(str(path)), str(path), (MAIN,), INTO)
