"""One ledger in several clones: whoever writes where, everybody has everything, and nobody's code moves."""

import pytest

from gitgates.errors import StoreError
from tests.git.ledgers import commit_files, notes
from tests.git.team import LEDGER, Clone, Team
from tests.support import git, run


def merges(team: Team) -> int:
    """Return how many merge commits the ledger's branch has on the hub."""
    return len(git(team.hub, "rev-list", "--merges", team.branch).split())


def head(clone: Clone, rev: str = "HEAD") -> str:
    return clone.git("rev-parse", rev)


# --- everybody has everything ----------------------------------------------------------------------------------------


def test_both_write_at_once(team: Team) -> None:
    alice, bob = team.alice, team.bob
    report = alice.report("veran:v1")
    assert alice.sync().sent == (report.id,)
    assert bob.sync(fetch_only=True).received == (report.id,)
    approval = bob.approve("veran:v1", report)
    rejection, other = alice.reject("veran:v1"), alice.report("other:1.0")
    written = {**alice.records(), **bob.records()}
    assert alice.sync().sent == (rejection.id, other.id)
    done = bob.sync()
    assert (set(done.received), done.sent) == ({rejection.id, other.id}, (approval.id,))
    assert alice.sync().received == (approval.id,)
    joined = 0 if team.branch == "main" else 1  # beside code the records go on top of what the remote has
    assert merges(team) == joined
    team.settle(alice, bob)
    assert merges(team) == joined
    assert team.on_hub() == written
    team.check(alice, bob, names=("veran:v1", "other:1.0"))
    assert alice.allowed("veran:v1") == "denied"
    indexes = [notes(path) for path in (alice.path, bob.path, team.hub)]
    assert indexes[0] == indexes[1] == indexes[2] != {}
    lines = [note.splitlines() for of_model in indexes[0].values() for note in of_model.values()]
    assert all(len(set(note)) == len(note) for note in lines)


def test_each_after_the_other_needs_no_merge(team: Team) -> None:
    alice, bob = team.alice, team.bob
    report = alice.report("veran:v1")
    alice.sync()
    bob.sync()
    bob.approve("veran:v1", report)
    bob.sync()
    assert alice.sync().stayed == ""
    assert merges(team) == 0
    assert head(alice, team.branch) == team.tip()
    team.check(alice, bob)
    assert alice.allowed("veran:v1") == "allowed"


@pytest.mark.parametrize("team", ["code"], indirect=True)
def test_three_clones_end_equal(team: Team) -> None:
    alice, bob, carol = team.alice, team.bob, team.clone("carol")
    for clone, name in ((alice, "a:1"), (bob, "b:1"), (carol, "c:1")):
        clone.approve(name, clone.report(name))
    team.settle(alice, bob, carol)
    team.check(alice, bob, carol, names=("a:1", "b:1", "c:1"))
    assert head(alice, team.branch) == team.tip()


@pytest.mark.parametrize("team", ["own"], indirect=True)
def test_records_pushed_by_git_alone_get_their_index(team: Team) -> None:
    alice, bob = team.alice, team.bob
    alice.report("veran:v1")
    alice.git("push", "--quiet", "origin", team.branch)
    assert notes(team.hub) == {}
    bob.sync()
    assert notes(bob.path) == notes(alice.path)
    bob.sync()
    assert notes(team.hub) == notes(alice.path)


@pytest.mark.parametrize("team", ["code"], indirect=True)
def test_nothing_to_do_changes_nothing(team: Team) -> None:
    alice = team.alice
    alice.report("veran:v1")
    alice.sync()
    before = alice.git("for-each-ref"), git(team.hub, "for-each-ref")
    done = alice.sync()
    assert (done.received, done.sent, done.foreign, done.index_refused) == ((), (), (), ())
    assert (alice.git("for-each-ref"), git(team.hub, "for-each-ref")) == before


@pytest.mark.parametrize("team", ["own"], indirect=True)
def test_no_ref_of_the_command_is_left(team: Team) -> None:
    alice, bob = team.alice, team.bob
    alice.report("veran:v1")
    bob.report("veran:v1")
    alice.sync()
    bob.sync()
    refs = bob.git("for-each-ref", "--format=%(refname)").splitlines()
    assert not [ref for ref in refs if "scratch" in ref]
    assert f"refs/gitgates/remotes/origin/{team.branch}" in refs


@pytest.mark.parametrize("team", ["own"], indirect=True)
def test_fetch_only_sends_nothing(team: Team) -> None:
    alice, bob = team.alice, team.bob
    report = alice.report("veran:v1")
    alice.sync()
    mine = bob.reject("veran:v1")
    before = git(team.hub, "for-each-ref"), head(bob, team.branch)
    done = bob.sync(fetch_only=True)
    assert (done.received, done.sent, done.unshared) == ((report.id,), (), 1)
    assert (git(team.hub, "for-each-ref"), head(bob, team.branch)) == before
    assert {mine.path, report.path} <= bob.records().keys()


def test_foreign_files_stay(team: Team) -> None:
    alice, bob = team.alice, team.bob
    written = alice.report("veran:v1")
    bob.report("veran:v1")
    bob.sync()
    forged = written.path.replace("-report-", "-decision-")
    if team.branch == "quality-gates":
        alice.git("checkout", "--quiet", team.branch)
    commit_files(alice.path, "x", {forged: "{}\n", f"{forged}.sig": "none\n"})
    done = alice.sync()
    assert (done.foreign, len(done.sent)) == ((forged,), 1)
    assert forged not in team.on_hub()


# --- the branch with the code ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["merge", "rebase"])
def test_unpushed_code_stays_and_pull_goes_on_working(code: Team, how: str) -> None:
    alice, bob = code.alice, code.bob
    report = alice.report("veran:v1")
    alice.sync()
    first = commit_files(bob.path, "Code", {"train.py": "x = 2\n"})
    rejection = bob.reject("veran:v1")
    last = commit_files(bob.path, "More", {"more.py": "y\n"})
    done = bob.sync()
    assert (done.sent, done.stayed) == ((rejection.id,), "")
    assert head(bob) == last
    assert first not in git(code.hub, "rev-list", "main").split()
    assert git(code.hub, "show", "main:train.py") == "x = 1"
    assert "gates: decision veran:v1 staging rejected" in git(code.hub, "log", "--format=%s", "main")
    assert bob.sync().sent == ()
    bob.git("pull", "--quiet", *(["--no-rebase", "--no-edit"] if how == "merge" else ["--rebase"]))
    assert (bob.path / "train.py").read_text() == "x = 2\n"
    bob.sync()
    bob.git("push", "--quiet", "origin", "main")
    code.settle(alice, bob)
    assert {report.path, rejection.path} <= code.on_hub().keys()
    code.check(alice, bob)


def test_code_on_the_remote_stays_there(code: Team) -> None:
    alice, bob = code.alice, code.bob
    commit_files(bob.path, "Code", {"train.py": "x = 2\n"})
    bob.git("push", "--quiet")
    written = alice.report("veran:v1")
    before = head(alice)
    assert alice.sync().sent == (written.id,)
    assert head(alice) == before
    assert git(code.hub, "show", "main:train.py") == "x = 2"
    alice.git("pull", "--quiet", "--rebase")
    assert (alice.path / "train.py").read_text() == "x = 2\n"
    code.settle(alice, bob)
    code.check(alice, bob)


def test_local_changes_stay(code: Team) -> None:
    alice, bob = code.alice, code.bob
    alice.report("veran:v1")
    alice.sync()
    (bob.path / "train.py").write_text("edited\n")
    (bob.path / "staged.py").write_text("staged\n")
    bob.git("add", "staged.py")
    (bob.path / "untracked.py").write_text("untracked\n")
    (bob.path / LEDGER / "policy.toml").write_text("# a proposal\n")
    (bob.path / LEDGER / "note.txt").write_text("mine\n")
    before = bob.git("status", "--porcelain")
    bob.reject("veran:v1")
    bob.sync()
    bob.sync()
    assert bob.git("status", "--porcelain") == before
    assert head(bob) == code.tip()
    assert (bob.path / LEDGER / "policy.toml").read_text() == "# a proposal\n"
    bob.git("commit", "--quiet", "--message", "Mine")
    assert bob.git("log", "--diff-filter=D", "--format=%h") == ""


def test_a_local_file_in_the_way_does_not_stop_it(code: Team) -> None:
    alice, bob = code.alice, code.bob
    written = alice.report("veran:v1")
    alice.sync()
    file = bob.path / written.path
    file.parent.mkdir(parents=True)
    file.write_text("mine\n")
    done = bob.sync()
    assert done.received == (written.id,)
    assert file.read_text() == "mine\n"
    assert written.path in bob.records()


@pytest.mark.parametrize("where", ["linked", "detached", "other"])
def test_wherever_the_branch_is_checked_out(team: Team, where: str) -> None:
    alice, bob = team.alice, team.bob
    alice.report("veran:v1")
    alice.sync()
    bob.git("remote", "set-url", "origin", team.hub)
    if where == "linked":
        bob.git("checkout", "--quiet", "-b", "work")
        bob.git("worktree", "add", "--quiet", "../linked", team.branch)
    elif where == "detached":
        bob.git("checkout", "--quiet", "--detach")
    else:
        bob.git("checkout", "--quiet", "-b", "feature")
    bob.reject("veran:v1")
    bob.sync()
    assert head(bob, team.branch) == team.tip()
    for path in (bob.path, team.top / "linked"):
        if path.exists():
            assert git(path, "status", "--porcelain") == ""
    if where == "linked":
        linked = Clone(team.top / "linked", bob.key, bob.environ, clock=team.clock)
        written = linked.report("other:1.0")
        assert linked.sync().sent == (written.id,)
        assert git(linked.path, "status", "--porcelain") == ""
    team.settle(alice, bob)
    team.check(alice, bob)


def test_a_branch_in_the_middle_of_a_rebase_stays(code: Team) -> None:
    alice, bob = code.alice, code.bob
    rejection = bob.reject("veran:v1")
    written = alice.report("veran:v1")
    alice.sync()
    stopped = run("git", "rebase", "--exec", "false", "HEAD~1", cwd=bob.path)
    assert stopped.code != 0
    done = bob.sync()
    assert (done.received, done.sent) == ((written.id,), (rejection.id,))
    assert {written.path, rejection.path} <= code.on_hub().keys()
    assert bob.records() == code.on_hub()
    bob.git("rebase", "--abort")
    bob.git("pull", "--quiet", "--no-edit", "--no-rebase")
    code.settle(alice, bob)
    code.check(alice, bob)


def test_a_held_index_lock_is_told_and_loses_nothing(code: Team) -> None:
    alice, bob = code.alice, code.bob
    written = alice.report("veran:v1")
    alice.sync()
    lock = bob.path / ".git/index.lock"
    lock.touch()
    done = bob.sync()
    assert done.received == (written.id,)
    assert "index.lock" in done.stayed
    told = code.cli(bob, "sync").out
    assert "the records are shared; this clone's branch stays where it is: " in told
    assert written.path in bob.records()
    lock.unlink()
    assert bob.sync().stayed == ""
    assert head(bob) == code.tip()


def test_a_stale_lock_on_the_remote_is_told_soon(code: Team) -> None:
    alice = code.alice
    alice.report("veran:v1")
    (code.hub / "refs/heads/main.lock").touch()
    with pytest.raises(StoreError, match=r"refs/heads/main.* moved on origin meanwhile, or somebody else is moving it"):
        alice.sync()
    (code.hub / "refs/heads/main.lock").unlink()
    assert len(alice.sync().sent) == 1


@pytest.mark.parametrize("team", ["code"], indirect=True)
def test_own_deletion_of_a_shared_record_is_not_pushed(team: Team) -> None:
    alice, bob = team.alice, team.bob
    written = alice.report("veran:v1")
    alice.sync()
    if team.branch == "quality-gates":
        alice.git("checkout", "--quiet", team.branch)
    commit_files(alice.path, "Tidy up", {written.path: None, f"{written.path}.sig": None})
    before = team.tip()
    done = team.cli(alice, "sync")
    assert done.code == 3
    assert f"the branch {team.branch} of this clone has lost 1 record(s) that origin has" in done.err
    assert written.id in done.err
    assert team.tip() == before
    assert team.cli(alice, "doctor", "--restore", "--yes").code == 0
    assert team.cli(alice, "sync").code == 0
    team.settle(alice, bob)
    team.check(alice, bob)
