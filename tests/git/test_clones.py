"""From any clone: it answers rightly, or says that it cannot decide, with the command that mends it."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.git.team import Team
from tests.support import Result, git, run

NAME = "veran:v1"
ASK = ("can-deploy", "--model", NAME, "--context", "staging")
KINDS: Mapping[str, tuple[str, ...]] = {
    "plain": (),
    "single branch": ("--single-branch",),
    "shallow": ("--depth=1",),
    "shallow, all branches": ("--depth=1", "--no-single-branch"),
    "partial": ("--filter=blob:none",),
    "treeless": ("--filter=tree:0",),
    "sparse": ("--sparse",),
    "sparse and partial": ("--sparse", "--filter=blob:none"),
    "mirror": ("--mirror",),
    "bare": ("--bare",),
    "nothing checked out": ("--no-checkout",),
    "other name for the remote": ("--origin", "upstream"),
}
WHOLE = ("plain", "sparse", "bare", "nothing checked out", "other name for the remote")
"""The kinds of clones that have all there is, whatever branch the ledger is on."""
REMEDY = re.compile(r"`(git (?:fetch|config --add) [^`]+)`")


@pytest.fixture
def full(team: Team, monkeypatch: pytest.MonkeyPatch) -> Team:
    """A team whose hub has an approved version, and can give parts of itself; bob signs."""
    alice = team.alice
    alice.approve(NAME, alice.report(NAME))
    alice.report("veran:v2")
    alice.sync()
    for key in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
        git(team.hub, "config", key, "true")
    monkeypatch.setenv("GITGATES_SIGNING_KEY", str(team.keys.bob.path))
    return team


def cloned(team: Team, *options: str) -> Path:
    """Make a clone without a pin and without notes."""
    git(team.top, "clone", "--quiet", *options, team.hub.as_uri(), "new")
    return team.top / "new"


def asked(team: Team, path: Path, *args: str) -> Result:
    return team.gitgates(*(args or (*ASK, "--trust-first-use")), cwd=path)


def follow_remedies(team: Team, path: Path) -> Result:
    """Run the commands that the answers name, as printed, until there is an answer."""
    done = asked(team, path)
    for _ in range(3):
        if done.code != 3:
            break
        assert "cannot decide" in done.out + done.err, done
        found = REMEDY.search(done.out + done.err)
        assert found is not None, done
        mended = run("sh", "-c", found.group(1), cwd=path)
        assert mended.code == 0, mended
        done = asked(team, path)
    return done


def write(team: Team, path: Path, code: int = 0) -> Result:
    (path / "m.json").write_text('{"quality_score": 0.9}')
    done = asked(team, path, "check", "--model", "veran:v3", "--context", "development", "--metrics", "m.json")
    assert done.code == code, done
    return done


def checks_and_shares(team: Team, path: Path) -> None:
    """Check, approve and sync in a clone; whoever else asks has the records then, and the clone is as it was."""
    bare = git(path, "rev-parse", "--is-bare-repository") == "true"
    write(team, path)
    assert asked(team, path, "approve", "--model", "veran:v3", "--context", "development").code == 0
    done = asked(team, path, "sync")
    assert (done.code, "2 sent" in done.out) == (0, True), done
    team.alice.sync()
    answer = asked(team, team.alice.path, "can-deploy", "--model", "veran:v3", "--context", "development")
    assert answer.code == 0, answer
    git(path, "fsck", "--strict", "--no-dangling")
    if not bare:
        status = git(path, "status", "--porcelain", "--untracked-files=all")
        assert status.splitlines() == ["?? m.json"]


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_or_the_command_that_mends_it(full: Team, kind: str) -> None:
    path = cloned(full, *KINDS[kind])
    at_once = asked(full, path)
    if kind in WHOLE:
        assert at_once.code == 0, at_once
    assert follow_remedies(full, path).code == 0
    for command in ("history", "status"):
        done = asked(full, path, command, "--model", NAME)
        assert (done.code, "allowed" in done.out or "approved" in done.out) == (0, True), done
    no_pin = asked(full, path, *ASK)
    assert no_pin.code == 3
    assert "(no pin)" in no_pin.err
    root = full.alice.git("config", "gitgates.root")
    assert asked(full, path, *ASK, "--root", root).code == 0
    wrong = asked(full, path, *ASK, "--root", "e" * 64)
    assert (wrong.code, "cannot decide" in wrong.err) == (3, True), wrong
    if kind == "nothing checked out":
        git(path, "checkout", "--quiet")
    checks_and_shares(full, path)
    # What is said on the hub from now on is heard.
    full.bob.sync()
    full.bob.reject(NAME)
    full.bob.sync()
    assert asked(full, path, "sync", "--fetch-only").code == 0
    assert asked(full, path).code == 1


@pytest.mark.parametrize("kind", ["shallow, all branches", "treeless", "sparse and partial"])
def test_a_clone_that_lacks_something_writes_no_report(full: Team, kind: str) -> None:
    path = cloned(full, *KINDS[kind])
    refs = git(path, "for-each-ref")
    done = write(full, path, code=3)
    assert REMEDY.search(done.err), done
    assert git(path, "for-each-ref") == refs


def test_a_single_branch_without_the_ledger(own: Team) -> None:
    """Whether there is a ledger cannot be told; where there is none, the remedy says how to make one."""
    path = cloned(own, "--single-branch")
    done = asked(own, path, "can-deploy", "--model", NAME, "--context", "staging", "--json")
    assert done.code == 3
    assert '"cause": "incomplete"' in done.out
    assert "fetches some of origin's branches only" in done.err
    assert "git fetch origin +refs/heads/quality-gates:refs/remotes/origin/quality-gates" in done.err
    git(path, "config", "--add", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")
    git(own.hub, "update-ref", "-d", "refs/heads/quality-gates")
    done = asked(own, path)
    assert done.code == 2
    assert "there is no quality-gate ledger here" in done.err
    assert asked(own, path, "init", "--key", str(own.keys.bob.path)).code == 0


def test_a_submodule(full: Team, tmp_path: Path) -> None:
    """The ledger is the submodule's own, whatever the repository around it has."""
    above = tmp_path / "above"
    git(tmp_path, "init", "--quiet", "above")
    allow = ("-c", "protocol.file.allow=always")
    git(above, *allow, "submodule", "--quiet", "add", full.hub.as_uri(), "model")
    git(above, "commit", "--quiet", "--message", "A model")
    git(tmp_path, *allow, "clone", "--quiet", "--recurse-submodules", "above", "clone")
    path = tmp_path / "clone/model"
    assert git(path, "rev-parse", "--abbrev-ref", "HEAD") == "HEAD"  # git checks out a commit, and no branch
    assert asked(full, path).code == 0
    checks_and_shares(full, path)
    assert git(tmp_path / "clone", "status", "--porcelain", "--ignore-submodules=untracked") == ""
    outside = asked(full, tmp_path / "clone")
    assert outside.code == 2
    assert "no quality-gate ledger" in outside.err


def test_a_linked_worktree(full: Team) -> None:
    path = cloned(full)
    git(path, "worktree", "add", "--quiet", "-b", "feature", "../linked")
    linked = full.top / "linked"
    assert asked(full, linked).code == 0
    checks_and_shares(full, linked)
    assert git(path, "status", "--porcelain", "--untracked-files=all") == ""
    assert asked(full, path, "status", "--model", "veran:v3").code == 0


def test_a_worktree_of_the_ledgers_branch(own: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody looks at the ledger's files in a worktree of its branch: they follow what is written elsewhere."""
    monkeypatch.setenv("GITGATES_SIGNING_KEY", str(own.keys.bob.path))
    path = cloned(own)
    git(path, "worktree", "add", "--quiet", "../ledger", "quality-gates")
    checks_and_shares(own, path)
    assert git(own.top / "ledger", "status", "--porcelain") == ""
    assert len(list((own.top / "ledger/.quality-gates/models/veran/v3").glob("*.json"))) == 3


def test_history_and_status_take_no_setting_up(full: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even a key, a name or a home."""
    monkeypatch.delenv("GITGATES_SIGNING_KEY")
    path = cloned(full)
    assert git(path, "for-each-ref", "refs/notes") == ""
    for command in ("history", "status"):
        assert asked(full, path, command, "--model", NAME).code == 0
    assert git(path, "for-each-ref", "refs/notes", "refs/gitgates") == ""
