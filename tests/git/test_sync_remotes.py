"""Remotes of every sort: without the branch, empty, several, with another ledger; and clones of every sort."""

import os
from pathlib import Path

import pytest

from gitgates.errors import UsageError
from gitgates.ledger.genesis import create_ledger
from gitgates.store.repository import Repository
from tests.git.ledgers import commit_files
from tests.git.team import LEDGER, Clone, Team
from tests.support import git


def add_hub(team: Team, name: str) -> Path:
    """Make a further empty bare repository, known to alice under the same name."""
    git(team.top, "init", "--quiet", "--bare", name)
    team.alice.git("remote", "add", name, f"../{name}")
    return team.top / name


# --- remotes ---------------------------------------------------------------------------------------------------------


def test_a_remote_without_the_branch_gets_it_whole(own: Team) -> None:
    alice, bob = own.alice, own.bob
    report = bob.report("veran:v1")
    bob.sync()
    alice.sync(fetch_only=True)
    backup = add_hub(own, "backup")
    written = alice.report("other:1.0")
    done = alice.sync(remote="backup")
    assert {report.id, written.id} <= set(done.sent)
    tip = git(backup, "rev-parse", "quality-gates")
    assert own.on_hub().keys() < alice.records().keys()
    assert git(backup, "rev-list", "--count", tip) == str(len([p for p in alice.records() if p.endswith(".json")]) - 2)
    own.settle(alice, bob)
    own.check(alice, bob, names=("veran:v1", "other:1.0"))


def test_code_is_not_pushed_to_a_remote_without_the_branch(code: Team) -> None:
    backup = add_hub(code, "backup")
    done = code.cli(code.alice, "sync", "--remote", "backup")
    assert done.code == 2
    assert "backup has no branch main, which holds your code as well as the ledger" in done.err
    assert "git push -u backup main" in done.err
    assert git(backup, "for-each-ref") == ""


@pytest.mark.parametrize("team", ["code"], indirect=True)
def test_records_go_from_one_remote_to_the_other(team: Team) -> None:
    alice = team.alice
    backup = add_hub(team, "backup")
    alice.git("push", "--quiet", "backup", team.branch)
    written = alice.report("veran:v1")
    assert alice.sync(remote="backup").sent == (written.id,)
    mirror = Clone(team.top / "mirror", team.keys.bob, os.environ, clock=team.clock)
    git(team.top, "clone", "--quiet", "--branch", team.branch, "backup", "mirror")
    mirror.git("config", "gitgates.root", alice.git("config", "gitgates.root"))
    approval = mirror.approve("veran:v1", written)
    mirror.sync()
    assert alice.sync(remote="backup").received == (approval.id,)
    alice.sync()
    assert {written.path, approval.path} <= team.on_hub().keys()
    assert dict(team.on_hub()) == team.on_hub(git(backup, "rev-parse", team.branch))


def test_several_remotes_and_none_is_origin(code: Team) -> None:
    add_hub(code, "backup")
    code.alice.git("remote", "rename", "origin", "upstream")
    code.alice.git("config", "--unset", "branch.main.remote")
    done = code.cli(code.alice, "sync")
    assert (done.code, "--remote" in done.err) == (2, True), done
    assert "there are several remotes: backup, upstream" in done.err
    code.cli(code.alice, "sync", "--remote", "upstream")
    assert code.tip() == code.alice.git("rev-parse", "main")


@pytest.mark.parametrize("named", ["../hub.git", "https://example.com/x.git", "nowhere", "-x"])
def test_only_names_of_remotes(code: Team, named: str) -> None:
    before = code.alice.git("for-each-ref")
    with pytest.raises(
        UsageError, match=r"this repository has no remote called .*Add it with `git remote add NAME URL`"
    ):
        code.alice.sync(remote=named)
    assert code.alice.git("for-each-ref") == before


def test_a_branch_whose_remote_is_a_url(code: Team) -> None:
    code.alice.git("config", "branch.main.remote", "../hub.git")
    done = code.cli(code.alice, "sync")
    assert (done.code, "no remote called '../hub.git'" in done.err) == (2, True), done


def test_no_remote(code: Team) -> None:
    code.alice.git("remote", "remove", "origin")
    done = code.cli(code.alice, "sync")
    assert (done.code, "this repository has no remote" in done.err) == (2, True), done
    assert "git remote add origin URL" in done.err


def test_a_remote_that_is_away(code: Team) -> None:
    written = code.alice.report("veran:v1")
    code.hub.rename(code.top / "away.git")
    done = code.cli(code.alice, "sync")
    assert (done.code, "origin cannot be reached" in done.err) == (3, True), done
    (code.top / "away.git").rename(code.hub)
    assert code.alice.sync().sent == (written.id,)


@pytest.mark.parametrize("team", ["own"], indirect=True)
def test_another_ledger_on_the_remote(team: Team) -> None:
    alice = team.alice
    other = Clone(team.top / "other", team.keys.carol, os.environ, clock=team.clock)
    git(team.top, "init", "--quiet", "other")
    commit_files(other.path, "Another", {"x": "y"})
    branch = f"refs/heads/{team.branch}" if team.branch != "main" else None
    root = create_ledger(Repository.open(str(other.path)), other.signer(), "carol@example.com", other.later(), branch)
    other.git("push", "--quiet", "--force", "../hub.git", team.branch)
    written = alice.report("veran:v1")
    before = team.tip()
    for options in ([], ["--restore"], ["--fetch-only"]):
        done = team.cli(alice, "sync", *options)
        assert done.code == 3, done
        assert f"does not begin with the root {alice.git('config', 'gitgates.root')}" in done.err
    assert team.tip() == before
    assert root.root not in "".join(alice.records())
    assert written.path in alice.records()


# --- clones ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("team", "options"),
    [
        ("code", ["--single-branch"]), ("own", ["--no-checkout"]), ("code", ["--sparse"]), ("own", ["--mirror"]),
        ("code", ["--mirror"]), ("own", ["--origin", "up/stream"]),
    ],
    indirect=["team"],
)  # fmt: skip
def test_clones_that_have_all(team: Team, options: list[str]) -> None:
    alice = team.alice
    report = alice.report("veran:v1")
    alice.sync()
    carol = team.clone("carol", *options)
    if "--mirror" in options:
        assert carol.allowed("veran:v1") == "cannot decide"
        carol.git("config", "--add", "remote.origin.fetch", "^refs/gitgates/*")
    assert carol.allowed("veran:v1") == "denied"
    approval = carol.approve("veran:v1", report)
    assert carol.sync().sent == (approval.id,)
    assert alice.sync().received == (approval.id,)
    team.check(alice, carol)
    assert carol.allowed("veran:v1") == "allowed"


@pytest.mark.parametrize("team", ["code"], indirect=True)
def test_a_shallow_clone_is_told_how_to_be_whole(team: Team) -> None:
    team.alice.report("veran:v1")
    team.alice.sync()
    shallow = team.clone("shallow", "--depth=1", "--no-single-branch")
    before = team.tip(), shallow.git("for-each-ref")
    done = team.cli(shallow, "sync")
    assert (done.code, "git fetch --unshallow" in done.err) == (3, True), done
    assert (team.tip(), shallow.git("for-each-ref")) == before
    shallow.git("fetch", "--quiet", "--unshallow")
    assert team.cli(shallow, "sync").code == 0


@pytest.mark.parametrize("team", ["own"], indirect=True)
def test_a_partial_clone(team: Team) -> None:
    git(team.hub, "config", "uploadpack.allowFilter", "true")
    team.alice.report("veran:v1")
    team.alice.sync()
    partial = team.clone("partial", "--filter=blob:none")
    done = team.cli(partial, "sync")
    if done.code:
        assert (done.code, "git fetch --refetch --no-filter" in done.err) == (3, True), done
        partial.git("fetch", "--quiet", "--refetch", "--no-filter")
        assert team.cli(partial, "sync").code == 0
    written = partial.reject("veran:v1")
    assert partial.sync().sent == (written.id,)
    assert written.path in team.on_hub()


def test_a_clone_of_the_code_alone(own: Team) -> None:
    """git was told not to bring the ledger's branch."""
    own.alice.report("veran:v1")
    own.alice.sync()
    single = own.clone("single", "--single-branch", "--branch", "main")
    done = own.cli(single, "sync")
    assert done.code == 3, done
    assert "git fetch origin +refs/heads/quality-gates:refs/remotes/origin/quality-gates" in done.err
    single.git("fetch", "--quiet", "origin", "quality-gates:refs/remotes/origin/quality-gates")
    written = single.reject("veran:v1")
    assert single.sync().sent == (written.id,)
    own.settle(own.alice, single)
    own.check(own.alice, single)


@pytest.mark.parametrize("team", ["own"], indirect=True)
def test_a_submodule(team: Team) -> None:
    git(team.top, "init", "--quiet", "outer")
    git(team.top / "outer", "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", team.hub.as_uri(), "sub")
    sub = team.at("outer/sub", team.keys.carol)
    sub.git("config", "gitgates.root", team.alice.git("config", "gitgates.root"))
    written = sub.report("veran:v1")
    assert sub.sync().sent == (written.id,)
    assert team.alice.sync().received == (written.id,)
    team.check(team.alice, sub)
    assert not (team.top / "outer" / LEDGER).exists()
