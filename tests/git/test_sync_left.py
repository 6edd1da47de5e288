"""`sync` and the branches that the ledger has left: what is written there is fetched, kept and brought along."""

import pytest

from gitgates.errors import CannotDecide, PushRefused
from gitgates.ledger.writing import Written
from tests.git.team import LEDGER, Team
from tests.support import git

OWN = "quality-gates"
KEPT = "refs/gitgates/remotes/origin/main"


def move(team: Team) -> Team:
    """Have alice move the ledger off main; no other clone has heard of it."""
    alice = team.alice
    alice.approve("veran:v1", alice.report("veran:v1"))
    alice.sync()
    team.bob.sync()
    done = team.cli(alice, "migrate", "--to", OWN, "--key", str(alice.key.path))
    assert done.code == 0, done
    alice.sync()
    alice.git("push", "--quiet", "origin", "main")
    team.branch = OWN
    return team


@pytest.fixture
def moved(code: Team) -> Team:
    """Give a team whose ledger has moved off main."""
    return move(code)


def rejected_on_main(team: Team) -> Written:
    """Have bob reject on the branch that he knows, and push that with git alone."""
    rejection = team.bob.reject("veran:v1")
    team.bob.git("fetch", "--quiet", "origin", "main")
    team.bob.git("merge", "--quiet", "--no-edit", "FETCH_HEAD")
    team.bob.git("push", "--quiet", "origin", "main")
    return rejection


def forget_on_main(team: Team) -> None:
    """Force main on the hub to where it was before bob pushed."""
    git(team.hub, "update-ref", "refs/heads/main", f"{git(team.hub, 'rev-parse', 'main')}^2")


def test_sync_brings_what_was_pushed_there(moved: Team) -> None:
    alice = moved.alice
    rejection = rejected_on_main(moved)
    assert alice.allowed("veran:v1") == "allowed"
    done = alice.sync()
    assert (done.received, done.sent) == ((rejection.id,), (rejection.id,))
    assert alice.allowed("veran:v1") == "denied"
    assert rejection.path in moved.on_hub()
    with alice.open() as ledger:
        assert ledger.location.others == ()
    done = alice.sync()
    assert (done.received, done.sent) == ((), ())
    moved.bob.git("fetch", "--quiet", "origin")
    moved.settle(alice, moved.bob)
    moved.check(alice, moved.bob)


def test_a_fetch_keeps_it_for_readers(moved: Team) -> None:
    alice = moved.alice
    rejection = rejected_on_main(moved)
    done = alice.sync(fetch_only=True)
    assert (done.received, done.unshared) == ((rejection.id,), 1)
    assert alice.git("rev-parse", KEPT) == git(moved.hub, "rev-parse", "main")
    assert alice.git("rev-parse", "refs/remotes/origin/main") != alice.git("rev-parse", KEPT)
    assert alice.allowed("veran:v1") == "denied"
    assert rejection.path not in moved.on_hub()


def test_a_rejection_there_counts_though_the_ledgers_branch_is_refused(moved: Team) -> None:
    """What came on the one branch is kept before the other is found to have lost records."""
    alice = moved.alice
    before = moved.tip()
    alice.report("veran:v2")
    alice.sync()
    rejected_on_main(moved)
    git(moved.hub, "update-ref", f"refs/heads/{OWN}", before)
    with pytest.raises(CannotDecide, match="origin has lost"):
        alice.sync()
    assert alice.git("rev-parse", KEPT) == git(moved.hub, "rev-parse", "main")
    assert alice.allowed("veran:v1") == "denied"


def test_what_was_seen_there_is_not_forgotten(moved: Team) -> None:
    alice = moved.alice
    rejection = rejected_on_main(moved)
    alice.sync(fetch_only=True)
    forget_on_main(moved)
    done = moved.cli(alice, "sync", "--fetch-only")
    assert done.code == 3, done
    assert "origin has lost records of the branch main, which the ledger has left" in done.err
    assert "Run `gitgates sync`, which brings them to the ledger's branch" in done.err
    assert alice.allowed("veran:v1") == "denied"
    assert alice.sync().sent == (rejection.id,)
    alice.sync(fetch_only=True)
    assert alice.git("rev-parse", KEPT) == git(moved.hub, "rev-parse", "main")
    assert alice.allowed("veran:v1") == "denied"
    moved.check(alice)


def test_what_came_in_their_place_is_not_forgotten(moved: Team) -> None:
    """Nor while a fetch refuses it, nor while the remote takes nothing; then it goes to the ledger's branch."""
    alice = moved.alice
    first = rejected_on_main(moved)
    alice.sync(fetch_only=True)
    forget_on_main(moved)
    carol = moved.clone("carol")
    second = carol.reject("veran:v1")
    carol.git("checkout", "--quiet", OWN, "--", second.path, f"{second.path}.sig")
    carol.git("commit", "--quiet", "--message", "on the branch that was left")
    carol.git("push", "--quiet", "origin", "main")
    refused = f"refs/gitgates/refused/origin/main/{git(moved.hub, 'rev-parse', 'main')}"
    with pytest.raises(CannotDecide, match="has lost records of the branch main"):
        alice.sync(fetch_only=True)
    hook = moved.hub / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(PushRefused):
        alice.sync()
    assert alice.git("for-each-ref", "--format=%(refname)", "refs/gitgates/refused") == refused
    assert alice.allowed("veran:v1") == "cannot decide"
    hook.unlink()
    assert set(alice.sync().sent) == {first.id, second.id}
    assert alice.git("for-each-ref", "refs/gitgates/refused") == ""
    assert alice.allowed("veran:v1") == "denied"
    moved.check(alice)


def test_the_old_branch_may_be_deleted_or_cleared(moved: Team) -> None:
    alice = moved.alice
    alice.git("rm", "-r", "--quiet", LEDGER)
    alice.git("commit", "--quiet", "--message", "The ledger is on a branch of its own")
    alice.git("push", "--quiet", "origin", "main")
    written = alice.report("veran:v2")
    assert alice.sync().sent == (written.id,)
    git(moved.hub, "symbolic-ref", "HEAD", f"refs/heads/{OWN}")
    git(moved.hub, "update-ref", "-d", "refs/heads/main")
    written = alice.report("veran:v2")
    assert alice.sync().sent == (written.id,)
    moved.check(alice, names=("veran:v1", "veran:v2"))


def test_a_clone_that_learns_of_the_move_hears_of_both(code: Team) -> None:
    """One `sync` follows the ledger and fetches the branch that it has just left."""
    carol = code.clone("carol")
    moved = move(code)
    rejection = rejected_on_main(moved)
    assert rejection.id in carol.sync().received
    assert carol.allowed("veran:v1") == "denied"
    assert rejection.path in moved.on_hub()


def test_git_alone_keeps_a_ledger_fresh_only_with_every_branch(moved: Team) -> None:
    alice = moved.alice
    ask = ("can-deploy", "--model", "veran:v1", "--context", "development", "--fresh", "10m")
    (alice.path / ".git/gitgates-fetched.json").unlink()
    # No log tells of a fetch any more; then one branch is fetched, and later the other.
    for log in (alice.path / ".git/logs/refs/remotes/origin").iterdir():
        log.unlink()
    alice.git("update-ref", "-d", f"refs/remotes/origin/{OWN}")
    alice.git("fetch", "--quiet", "origin", f"+refs/heads/{OWN}:refs/remotes/origin/{OWN}")
    done = moved.cli(alice, *ask)
    assert (done.code, "nobody knows when" in done.err) == (3, True), done
    alice.git("update-ref", "-d", "refs/remotes/origin/main")
    alice.git("fetch", "--quiet", "origin", "+refs/heads/main:refs/remotes/origin/main")
    done = moved.cli(alice, *ask)
    assert "longer than" not in done.err, done
