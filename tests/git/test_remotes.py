"""Remotes: what is fetched and pushed, who says no, and what runs."""

import os
import subprocess
import threading
from pathlib import Path

import pytest

from gitgates.errors import PushRefused, RefMoved, RemoteUnreachable, StoreError, UsageError
from gitgates.store.network import network_environment
from gitgates.store.remotes import fetch, push, remote_of
from gitgates.store.repository import Repository
from tests.support import RepositoryFactory, git, run

BRANCH = "refs/heads/quality-gates"
NOTES = "refs/notes/gates/veran"
PATTERNS = (BRANCH, "refs/notes/gates/*")
INTO = "refs/gitgates/incoming/1/"


@pytest.fixture
def pair(repository: RepositoryFactory) -> tuple[Path, Path]:
    """A repository, and the bare one that is its `origin`, with its branch `main`."""
    path, origin = repository(), repository("origin.git", bare=True)
    git(path, "remote", "add", "origin", origin)
    git(path, "push", "-q", "-u", "origin", "main")
    return path, origin


@pytest.fixture
def canary(tmp_path: Path) -> tuple[Path, Path]:
    """A program that leaves a trace when it runs, and the trace."""
    program, trace = tmp_path / "canary", tmp_path / "trace"
    program.write_text(f'#!/bin/sh\necho "$0 $*" >> "{trace}"\nexit 1\n')
    program.chmod(0o755)
    return program, trace


def opened(path: Path) -> Repository:
    return Repository.open(str(path))


def made(path: Path, parent: str | None = None, *, message: str = "gates") -> str:
    """Make a commit that no ref names."""
    tree = git(path, "rev-parse", "main^{tree}")
    return git(path, "commit-tree", tree, "-m", message, *(["-p", parent] if parent else []))


def all_refs(path: Path) -> str:
    return git(path, "for-each-ref")


# --- fetch -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["path", "file", "relative"])
def test_only_the_refs_asked_for_arrive_and_only_below_the_prefix(pair: tuple[Path, Path], url: str) -> None:
    path, origin = pair
    commit, note = made(path), made(path, message="note")
    push(opened(path), "origin", {BRANCH: commit, NOTES: note, f"{BRANCH}-other": made(path, message="other")})
    git(origin, "tag", "v1", commit)
    git(path, "remote", "set-url", "origin", {"file": f"file://{origin}", "relative": "../origin.git"}.get(url, origin))
    git(path, "config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")
    git(path, "config", "remote.origin.tagOpt", "--tags")
    git(path, "config", "fetch.prune", "true")
    git(path, "update-ref", "refs/remotes/origin/gone", commit)
    before = all_refs(path)
    assert fetch(opened(path), "origin", PATTERNS, INTO) == {BRANCH: commit, NOTES: note}
    assert fetch(opened(path / ".git"), str(origin), PATTERNS, INTO.replace("1", "2").rstrip("/"))[NOTES] == note
    new = set(all_refs(path).splitlines()) - set(before.splitlines())
    assert {line.split("\t")[1] for line in new} == {
        f"refs/gitgates/incoming/{number}/{name}" for number in (1, 2) for name in ("heads/quality-gates",
        "notes/gates/veran")
    }  # fmt: skip
    assert set(before.splitlines()) < set(all_refs(path).splitlines())
    assert not (path / ".git/FETCH_HEAD").exists()


def test_what_is_not_there_is_no_error(pair: tuple[Path, Path]) -> None:
    path, _ = pair
    assert fetch(opened(path), "origin", PATTERNS, INTO) == {}
    assert fetch(opened(path), "origin", (BRANCH, "refs/heads/none"), INTO) == {}
    assert fetch(opened(path), "origin", (), INTO) == {}
    found = fetch(opened(path), "origin", (BRANCH, "refs/heads/main"), INTO)
    assert found == {"refs/heads/main": git(path, "rev-parse", "main")}


def test_progress_is_told_in_words(pair: tuple[Path, Path], tmp_path: Path) -> None:
    path, origin = pair
    told: list[str] = []
    push(opened(path), "origin", {BRANCH: made(path)}, told.append)
    assert any(line.startswith("Writing objects") for line in told), told
    told.clear()
    git(tmp_path, "init", "-q", tmp_path / "other")
    found = fetch(opened(tmp_path / "other"), f"file://{origin}", PATTERNS, INTO, told.append)
    assert BRANCH in found
    assert any(line.startswith("Receiving objects") for line in told), told


def test_a_partial_clone_gets_records_whole(pair: tuple[Path, Path], tmp_path: Path) -> None:
    path, origin = pair
    git(origin, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--filter=blob:none", "--no-checkout", f"file://{origin}", "partial")
    (path / "record").write_text("a record\n")
    git(path, "add", "record")
    git(path, "commit", "-qm", "record")
    push(opened(path), "origin", {BRANCH: git(path, "rev-parse", "HEAD")})
    found = fetch(opened(tmp_path / "partial"), "origin", PATTERNS, INTO)
    offline = run("git", "cat-file", "-p", f"{found[BRANCH]}:record", cwd=tmp_path / "partial",
                  env={"GIT_ALLOW_PROTOCOL": "none"})  # fmt: skip
    assert offline.out == "a record\n"
    new = made(tmp_path / "partial", found[BRANCH])
    push(opened(tmp_path / "partial"), "origin", {BRANCH: new})
    assert git(origin, "rev-parse", BRANCH) == new


def test_collecting_garbage_meanwhile_takes_nothing_away(pair: tuple[Path, Path], tmp_path: Path) -> None:
    path, origin = pair
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", origin, clone)
    done = threading.Event()

    def collect() -> None:
        while not done.is_set():
            run("git", "gc", "--quiet", "--prune=now", cwd=clone)

    collector = threading.Thread(target=collect)
    collector.start()
    tips: dict[str, str] = {}
    try:
        for number in range(8):
            (path / "record").write_text(f"{number}")
            git(path, "add", "record")
            git(path, "commit", "-qm", f"{number}")
            tips[f"{number}"] = git(path, "rev-parse", "HEAD")
            push(opened(path), "origin", {BRANCH: tips[f"{number}"]})
            found = fetch(opened(clone), "origin", PATTERNS, f"refs/gitgates/incoming/{number}/")
            assert found == {BRANCH: tips[f"{number}"]}
    finally:
        done.set()
        collector.join()
    assert "missing" not in git(clone, "fsck", "--no-dangling")
    for tip in tips.values():
        git(clone, "cat-file", "-e", f"{tip}:record")


# --- push ------------------------------------------------------------------------------------------------------------


def test_all_or_none_and_only_forwards(pair: tuple[Path, Path]) -> None:
    path, origin = pair
    repo = opened(path)
    first, note = made(path), made(path, message="note")
    push(repo, "origin", {BRANCH: first, NOTES: note})
    push(repo, "origin", {BRANCH: first})
    push(repo, "origin", {})
    second = made(path, first)
    with pytest.raises(RefMoved, match="refs/notes/gates/veran moved on origin meanwhile"):
        push(repo, "origin", {BRANCH: second, NOTES: made(path, message="another")})
    assert git(origin, "rev-parse", BRANCH, NOTES).split() == [first, note]
    git(path, "config", "remote.origin.mirror", "true")
    git(path, "config", "push.followTags", "true")
    git(path, "tag", "-am", "v1", "v1", second)
    push(opened(path), "origin", {BRANCH: second})
    assert git(origin, "for-each-ref", "--format=%(refname)").split() == [
        "refs/heads/main", BRANCH, NOTES,
    ]  # fmt: skip


def test_somebody_else_pushed_commits_that_are_not_here(pair: tuple[Path, Path], tmp_path: Path) -> None:
    path, origin = pair
    git(tmp_path, "clone", "-q", origin, "other")
    push(opened(tmp_path / "other"), "origin", {BRANCH: made(tmp_path / "other", message="theirs")})
    with pytest.raises(RefMoved, match="refs/heads/quality-gates moved on origin"):
        push(opened(path), "origin", {BRANCH: made(path)})


@pytest.mark.parametrize("kind", ["locked", "moved"])
def test_somebody_is_faster_while_we_push(pair: tuple[Path, Path], kind: str) -> None:
    """The remote's own hook plays the rival: it comes after the remote told us where its refs stand."""
    path, origin = pair
    first = made(path)
    push(opened(path), "origin", {BRANCH: first})
    rival = made(path, first, message="rival")
    push(opened(path), "origin", {"refs/heads/rival": rival})
    hook = origin / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    env = "env -u GIT_QUARANTINE_PATH "
    act = f"touch {origin / BRANCH}.lock" if kind == "locked" else f"{env}git update-ref {BRANCH} {rival}"
    hook.write_text(f"#!/bin/sh\n{act}\n")
    hook.chmod(0o755)
    with pytest.raises(RefMoved, match=rf"{BRANCH}.* moved on origin meanwhile, or somebody else is moving it"):
        push(opened(path), "origin", {BRANCH: made(path, first), "refs/heads/rival": made(path, rival)})
    assert git(origin, "rev-parse", "refs/heads/rival") == rival


@pytest.mark.parametrize("name", ["pre-receive", "update"])
@pytest.mark.parametrize("url", ["path", "file"])
def test_the_remotes_hooks_run_and_say_why(pair: tuple[Path, Path], name: str, url: str) -> None:
    path, origin = pair
    if url == "file":
        git(path, "remote", "set-url", "origin", f"file://{origin}")
    hook = origin / "hooks" / name
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'Counting objects: 3, done.'\necho 'no records by that name' >&2\nexit 1\n")
    hook.chmod(0o755)
    for on_progress in (None, lambda _: None):
        with pytest.raises(PushRefused, match=rf"origin refuses {BRANCH} \(.*hook declined\)") as caught:
            push(opened(path), "origin", {BRANCH: made(path), NOTES: made(path)}, on_progress)
        assert "no records by that name" in caught.value.told
        assert not [line for line in caught.value.told if line.startswith("Counting")]
        assert caught.value.refused[0][0] == BRANCH
        assert caught.value.exit_code == 3


def test_settings_of_the_remote_that_refuse(pair: tuple[Path, Path], tmp_path: Path) -> None:
    path, origin = pair
    git(origin, "config", "receive.hideRefs", "refs/notes")
    with pytest.raises(PushRefused, match=r"deny updating a hidden ref"):
        push(opened(path), "origin", {NOTES: made(path), BRANCH: made(path)})
    git(origin, "config", "receive.advertiseAtomic", "false")
    with pytest.raises(PushRefused, match="cannot move several refs at once"):
        push(opened(path), "origin", {BRANCH: made(path)})
    other = tmp_path / "other"
    git(tmp_path, "clone", "-q", path, other)
    git(path, "remote", "add", "other", other)
    with pytest.raises(PushRefused, match="branch is currently checked out"):
        push(opened(path), "other", {"refs/heads/main": made(path, git(path, "rev-parse", "main"))})


def test_two_pushers_and_none_is_lost(pair: tuple[Path, Path], tmp_path: Path) -> None:
    """Each takes in what the other pushed when it was slower, as `sync` does."""
    path, origin = pair
    git(tmp_path, "clone", "-q", origin, "other")
    push(opened(path), "origin", {BRANCH: git(path, "rev-parse", "main")})
    failures: list[BaseException] = []

    def pusher(where: Path) -> None:
        repo = opened(where)
        try:
            for number in range(5):
                for turn in range(60):
                    tip = fetch(repo, "origin", PATTERNS, f"refs/gitgates/incoming/{number}-{turn}/")[BRANCH]
                    try:
                        push(repo, "origin", {BRANCH: made(where, tip, message=f"{where.name} {number}")})
                    except RefMoved:
                        continue
                    break
        except BaseException as error:  # noqa: BLE001 -- told in the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=pusher, args=(where,)) for where in (path, tmp_path / "other")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    subjects = git(origin, "log", "--format=%s", "main..quality-gates").splitlines()
    assert sorted(subjects) == sorted(f"{name} {number}" for name in ("work", "other") for number in range(5))


# --- out of reach ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("remote", "reason"),
    [
        ("nowhere", "does not appear to be a git repository"),
        ("/no/such/folder", "does not appear to be a git repository"),
        ("http://127.0.0.1:9/x.git", "unable to access"),
        ("git://127.0.0.1:9/x.git", "unable to connect"),
        ("ext::sh -c true", "the protocol 'ext' is not allowed"),
        ("odd::x", "the protocol 'odd' is not allowed"),
    ],
)
def test_a_remote_that_cannot_be_reached(pair: tuple[Path, Path], remote: str, reason: str) -> None:
    repo = opened(pair[0])
    commit = made(pair[0])
    with pytest.raises(RemoteUnreachable, match=reason) as caught:
        fetch(repo, remote, PATTERNS, INTO)
    assert caught.value.exit_code == 3
    assert caught.value.remedy
    with pytest.raises(RemoteUnreachable, match=reason):
        push(repo, remote, {BRANCH: commit})


def test_a_login_that_is_needed_and_nobody_to_ask(pair: tuple[Path, Path], canary: tuple[Path, Path]) -> None:
    """The user's own ssh is used, and says no."""
    path, (program, trace) = pair[0], canary
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_SSH_COMMAND", str(program))
        with pytest.raises(RemoteUnreachable, match=r"ssh://.* cannot be reached: Could not read from remote"):
            fetch(opened(path), "ssh://git@127.0.0.1/x.git", PATTERNS, INTO)
    assert "git-upload-pack" in trace.read_text()


@pytest.mark.parametrize("remote", ["", "-x", "--upload-pack=x", "a\0b"])
def test_names_that_are_none(pair: tuple[Path, Path], remote: str) -> None:
    with pytest.raises(UsageError, match="is no remote"):
        fetch(opened(pair[0]), remote, PATTERNS, INTO)


def test_a_failure_of_our_own_is_not_the_remotes(pair: tuple[Path, Path]) -> None:
    path, _ = pair
    git(path, "update-ref", "refs/gitgates/incoming/1", "HEAD")
    with pytest.raises(StoreError, match=r"refs/gitgates/incoming/1") as caught:
        fetch(opened(path), "origin", ("refs/heads/main",), INTO)
    assert not isinstance(caught.value, RemoteUnreachable)


# --- whose programs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key",
    [
        "core.sshCommand", "core.gitProxy", "core.askPass", "credential.helper", "credential.https://a.b/c.helper",
        "remote.origin.uploadpack", "remote.origin.receivepack", "remote.origin.vcs",
    ],
)  # fmt: skip
@pytest.mark.parametrize("how", ["local", "include", "worktree"])
def test_a_program_of_the_repositorys_own_configuration(
    pair: tuple[Path, Path], canary: tuple[Path, Path], key: str, how: str, tmp_path: Path
) -> None:
    path, (program, trace) = pair[0], canary
    if how == "include":
        git(path, "config", "-f", tmp_path / "more", key, program)
        git(path, "config", "include.path", tmp_path / "more")
    else:
        git(path, "config", "extensions.worktreeConfig", "true")
        git(path, "config", f"--{how}", key, program)
    commit = made(path)
    for call in (
        lambda: fetch(opened(path), "origin", PATTERNS, INTO),
        lambda: push(opened(path), "origin", {BRANCH: commit}),
    ):
        with pytest.raises(StoreError, match="own configuration names a program") as caught:
            call()
        assert key.lower() in str(caught.value).lower()
    assert not trace.exists()


def test_the_remedies_work(pair: tuple[Path, Path], canary: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    path, (program, trace) = pair[0], canary
    url = "ssh://git@127.0.0.1/x.git"
    git(path, "config", "core.sshCommand", str(program))
    with pytest.raises(StoreError, match=r'GIT_SSH_COMMAND="\$\(git config core\.sshcommand\)"'):
        fetch(opened(path), url, PATTERNS, INTO)
    monkeypatch.setenv("GIT_SSH_COMMAND", git(path, "config", "core.sshcommand"))
    with pytest.raises(RemoteUnreachable):
        fetch(opened(path), url, PATTERNS, INTO)
    assert trace.read_text().count("upload-pack") == 1
    monkeypatch.delenv("GIT_SSH_COMMAND")
    git(path, "config", "--global", "--add", "core.sshcommand", git(path, "config", "core.sshcommand"))
    git(path, "config", "--unset-all", "core.sshcommand")
    with pytest.raises(RemoteUnreachable):
        fetch(opened(path), url, PATTERNS, INTO)
    assert trace.read_text().count("upload-pack") == 2


def test_hooks_helpers_and_rewritten_addresses_of_the_repository_run_nothing(
    pair: tuple[Path, Path], canary: tuple[Path, Path], repository: RepositoryFactory
) -> None:
    path, (program, trace) = pair[0], canary
    for hook in ("pre-push", "reference-transaction", "post-merge", "pre-auto-gc"):
        (path / ".git/hooks").mkdir(exist_ok=True)
        (path / ".git/hooks" / hook).symlink_to(program)
    git(path, "config", "core.alternateRefsCommand", str(program))
    git(path, "config", "core.fsmonitor", str(program))
    git(path, "config", "push.gpgSign", "if-asked")
    git(path, "config", "gpg.program", str(program))
    git(path, "config", "credential.helper", "")
    git(path, "config", "protocol.ext.allow", "always")
    git(path, "config", "remote.other.uploadpack", str(program))
    (path / ".git/objects/info/alternates").write_text(f"{repository('alternate')}/.git/objects\n")
    push(opened(path), "origin", {BRANCH: made(path)})
    assert BRANCH in fetch(opened(path), "origin", PATTERNS, INTO)
    git(path, "config", f"url.ext::{program} .insteadOf", git(path, "config", "remote.origin.url"))
    with pytest.raises(RemoteUnreachable, match="'ext' is not allowed"):
        fetch(opened(path), "origin", PATTERNS, INTO)
    assert not trace.exists()


def test_the_environment_for_remotes(pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    path, _ = pair
    git(path, "config", "protocol.http.allow", "never")
    users = {
        "GIT_SSH_COMMAND": "mine", "GIT_DIR": "elsewhere", "GIT_ALLOW_PROTOCOL": "http:https:ext", "SSH_AUTH_SOCK": "s",
        "GIT_CONFIG_COUNT": "3", "GIT_CONFIG_KEY_0": "http.extraHeader", "GIT_CONFIG_VALUE_0": "mine",
        "GIT_CONFIG_KEY_1": "core.hooksPath", "GIT_CONFIG_VALUE_1": "/hooks", "GIT_CONFIG_KEY_2": "core.sshCommand",
    }  # fmt: skip
    env = network_environment(opened(path), users, {}, is_terminal=True)
    assert (env["GIT_SSH_COMMAND"], env["SSH_AUTH_SOCK"], env["GIT_TERMINAL_PROMPT"]) == ("mine", "s", "1")
    assert "GIT_DIR" not in env
    assert env["GIT_ALLOW_PROTOCOL"] == "https"
    for name, value in env.items():
        if name.startswith("GIT_"):
            monkeypatch.setenv(name, value)
    listed = subprocess.run(["git", "-C", path, "config", "--list"], capture_output=True, text=True, env=os.environ)
    assert "http.extraheader=mine" in listed.stdout
    assert "core.hookspath=/dev/null" in listed.stdout
    assert "core.hookspath=/hooks" not in listed.stdout
    env = network_environment(opened(path), {"GIT_CONFIG_COUNT": "x"}, {}, is_terminal=False)
    assert (env["GIT_TERMINAL_PROMPT"], env["GIT_ALLOW_PROTOCOL"]) == ("0", "file:git:https:ssh")


# --- which remote ----------------------------------------------------------------------------------------------------


def test_which_remote_a_branch_is_shared_through(repository: RepositoryFactory) -> None:
    path = repository()
    git(path, "config", "--global", "remote.all.prune", "true")
    assert remote_of(opened(path), "refs/heads/main") is None
    git(path, "remote", "add", "only", "x")
    assert remote_of(opened(path), "refs/heads/main") == "only"
    git(path, "remote", "add", "second", "x")
    with pytest.raises(UsageError, match=r"several remotes: only, second.*--remote"):
        remote_of(opened(path), "refs/heads/main")
    git(path, "config", "branch.main.remote", "second")
    git(path, "config", "branch.mine.remote", ".")
    assert remote_of(opened(path), "refs/heads/main") == "second"
    git(path, "remote", "add", "origin", "x")
    assert remote_of(opened(path), "refs/heads/mine") == "origin"
