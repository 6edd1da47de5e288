"""What a clone has fetched, written or synced may not go missing unnoticed, whether it ever ran `verify` or not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gitgates.errors import CannotDecide, StoreError
from gitgates.ledger.writing import Written
from tests.git.ledgers import commit_files
from tests.git.team import Clone, Team, copy
from tests.support import Gitgates, Keys, git

NAME = "veran:v1"


@pytest.fixture(scope="session")
def teams(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("teams")


@pytest.fixture
def team(teams: Path, tmp_path: Path, keys: Keys, gitgates: Gitgates) -> Team:
    """Give a team whose ledger has a branch of its own, and an approved model version."""
    made = copy(teams, tmp_path / "team", "own", keys, gitgates)
    made.alice.approve(NAME, made.alice.report(NAME))
    made.alice.sync()
    made.bob.sync()
    return made


def deleted(team: Team, rejection: Written, *, then: bool = False) -> Clone:
    """Have somebody with push rights and no key delete a rejection with a plain commit."""
    mallory = team.clone("mallory")
    mallory.git("checkout", "--quiet", team.branch)
    commit_files(mallory.path, "tidy", dict.fromkeys((rejection.path, f"{rejection.path}.sig")))
    if not then:
        mallory.git("push", "--quiet", "origin", team.branch)
    return mallory


def pulled(clone: Clone, team: Team) -> None:
    """Fetch and follow, as plain git does."""
    clone.git("fetch", "--quiet", "origin")
    clone.git("branch", "--force", team.branch, f"origin/{team.branch}")


@pytest.mark.parametrize("who", ["the writer", "a reader"])
def test_a_rejection_that_was_synced_and_pulled_away(who: str, team: Team) -> None:
    rejection = team.bob.reject(NAME)
    team.bob.sync()
    clone = team.bob
    if who == "a reader":
        clone = team.alice
        clone.sync()
    assert clone.allowed(NAME) == "denied"
    deleted(team, rejection)
    pulled(clone, team)
    assert clone.allowed(NAME) == "cannot decide"
    with pytest.raises(CannotDecide, match="has lost 1 record"):
        clone.sync()
    assert clone.allowed(NAME) == "cannot decide"
    assert team.cli(clone, "doctor", "--restore", "--yes").code == 0
    assert clone.allowed(NAME) == "denied"


def test_a_first_sync_does_not_follow_over_a_deletion(team: Team) -> None:
    """This clone has never synced with that remote; what it had of the branch was there all the same."""
    rejection = team.bob.reject(NAME)
    team.bob.sync()
    alice = team.alice
    alice.git("fetch", "--quiet", "origin", f"{team.branch}:refs/heads/{team.branch}")
    deleted(team, rejection)
    alice.git("remote", "add", "up", "../hub.git")
    with pytest.raises(CannotDecide, match="up has lost 1 record"):
        alice.sync(remote="up")
    assert alice.allowed(NAME) == "cannot decide"
    alice.sync(remote="up", restore=True)
    assert alice.allowed(NAME) == "denied"


def refused(team: Team) -> tuple[str, Written, Clone]:
    """Have the remote lose a record of alice's after bob's rejection, and alice refuse it, with the rejection.

    Returns:
        The commit before the rejection, the rejection, and the clone of whoever took the record away.
    """
    report = team.alice.report("other:1")
    team.alice.sync()
    team.bob.sync()
    before = team.tip()
    rejection = team.bob.reject(NAME)
    team.bob.sync()
    mallory = deleted(team, report)
    with pytest.raises(CannotDecide, match="has lost 1 record"):
        team.alice.sync()
    return before, rejection, mallory


def test_a_rejection_that_comes_with_a_loss(team: Team) -> None:
    """Bob's rejection has reached alice's clone; that the same push lost another record hides it from no answer."""
    alice = team.alice
    refused(team)
    ask = ("can-deploy", "--model", NAME, "--context", "staging")
    told = f"the last sync refused origin/{team.branch}"
    done = team.cli(alice, *ask)
    assert (done.code, told in done.out + done.err) == (3, True), done
    with pytest.raises(CannotDecide, match=rf"^cannot decide \(incomplete\): {told}"):
        alice.report("new:1")
    alice.reject("other:1")
    assert team.cli(alice, "sync").code == 3
    assert team.cli(alice, *ask).code == 3
    alice.sync(restore=True)
    team.bob.sync()
    assert alice.git("for-each-ref", "refs/gitgates/refused") == ""
    team.settle(alice, team.bob)
    team.check(alice, team.bob, names=(NAME, "other:1"))
    assert alice.allowed(NAME) == "denied"


def test_a_rejection_that_came_with_a_loss_and_is_then_hidden(team: Team) -> None:
    """Whoever pushed the loss takes both back: the rejection is missed by whoever has met it, and can be given back."""
    alice = team.alice
    before, rejection, _ = refused(team)
    git(team.hub, "update-ref", f"refs/heads/{team.branch}", before)
    for options in ([], ["--fetch-only"]):
        done = team.cli(alice, "sync", *options)
        assert (done.code, rejection.id in done.err) == (3, True), done
        assert alice.allowed(NAME) == "cannot decide"
    assert alice.sync(restore=True).restored == (rejection.path,)
    assert alice.allowed(NAME) == "denied"
    assert rejection.path in team.on_hub()


def test_a_rejection_that_came_with_a_loss_and_a_branch_that_is_then_deleted(team: Team) -> None:
    alice = team.alice
    _, rejection, _ = refused(team)
    git(team.hub, "update-ref", "-d", f"refs/heads/{team.branch}")
    with pytest.raises(CannotDecide, match="has lost the branch"):
        alice.sync()
    assert alice.allowed(NAME) == "cannot decide"
    assert rejection.path in alice.sync(restore=True).restored
    assert alice.allowed(NAME) == "denied"
    assert rejection.path in team.on_hub()


def test_a_rejection_that_came_and_went_with_a_loss(team: Team) -> None:
    """It lies in a commit between, and the tip that was refused lacks it as well."""
    alice = team.alice
    before, rejection, mallory = refused(team)
    git(team.hub, "update-ref", f"refs/heads/{team.branch}", before)
    team.cli(alice, "doctor", "--accept-rewind", "--yes")
    commit_files(mallory.path, "tidy", dict.fromkeys((rejection.path, f"{rejection.path}.sig")))
    mallory.git("push", "--quiet", "origin", team.branch)
    for tip in (team.tip(), before):
        git(team.hub, "update-ref", f"refs/heads/{team.branch}", tip)
        done = team.cli(alice, "sync")
        assert (done.code, rejection.id in done.err) == (3, True), done
        assert alice.allowed(NAME) == "cannot decide"
    assert rejection.path in alice.sync(restore=True).restored
    assert alice.allowed(NAME) == "denied"


@pytest.mark.parametrize("way_out", ["somebody else gives it back", "it is accepted"])
def test_what_was_refused_stands_in_the_way_no_longer(way_out: str, team: Team) -> None:
    alice = team.alice
    before, rejection, _ = refused(team)
    if way_out == "it is accepted":
        git(team.hub, "update-ref", f"refs/heads/{team.branch}", before)
        assert team.cli(alice, "doctor", "--accept-rewind", "--yes").code == 0
        assert alice.allowed(NAME) == "allowed"
        assert alice.sync().received == ()
    else:
        team.bob.sync(restore=True)
        assert alice.sync(fetch_only=True).received == (rejection.id,)
        assert alice.allowed(NAME) == "denied"
        alice.report("new:1")
    assert alice.git("for-each-ref", "refs/gitgates/refused") == ""


def test_a_rejection_that_comes_under_another_root(team: Team) -> None:
    """The policies were replaced by those of another ledger, so the branch is refused; the rejection is ours."""
    alice = team.alice
    team.bob.reject(NAME)
    team.bob.sync()
    mallory = team.clone("mallory")
    mallory.git("checkout", "--quiet", team.branch)
    mallory.git("rm", "--quiet", "-r", ".quality-gates/policy")
    commit_files(mallory.path, "new", {f".quality-gates/policy/20260101T000000Z-policy-{'a' * 64}.json": "{}"})
    mallory.git("push", "--quiet", "origin", team.branch)
    with pytest.raises(CannotDecide, match="does not begin with the root"):
        alice.sync()
    assert alice.allowed(NAME) == "cannot decide"
    mallory.git("push", "--quiet", "--force", "origin", f"HEAD~1:{team.branch}")
    alice.sync()
    assert alice.allowed(NAME) == "denied"


def test_a_refused_push_of_what_was_lost_forgets_nothing(team: Team) -> None:
    """`sync --restore` has judged what came, but the remote does not take it back: nothing of it is known here yet."""
    alice = team.alice
    refused(team)
    hook = team.hub / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    assert team.cli(alice, "sync", "--restore").code == 3
    assert alice.allowed(NAME) == "cannot decide"
    hook.unlink()
    alice.sync(restore=True)
    assert alice.allowed(NAME) == "denied"


def test_a_rejection_that_a_merge_brought_back_counts(team: Team) -> None:
    """git passes over a merge that is the same as one of its parents when it lists the commits of a folder."""
    alice, bob = team.alice, team.bob
    commit_files(alice.path, "code", {"train.py": "x = 2\n"})
    rejection = bob.reject(NAME)
    bob.sync()
    mallory = deleted(team, rejection)
    before = mallory.git("rev-parse", "HEAD~1")
    alice.git("fetch", "--quiet", "origin")
    mallory.git("merge", "--quiet", "--no-edit", "-s", "ours", before)
    tree = mallory.git("rev-parse", f"{before}^{{tree}}")
    healed = mallory.git("commit-tree", "-p", "HEAD", "-p", before, "-m", "heal", tree)
    mallory.git("push", "--quiet", "origin", f"{healed}:{team.branch}")
    alice.git("fetch", "--quiet", "origin")
    assert alice.allowed(NAME) == "denied"


def test_a_renamed_remote_hides_nothing(team: Team) -> None:
    alice = team.alice
    team.bob.reject(NAME)
    team.bob.sync()
    alice.sync(fetch_only=True)
    assert alice.allowed(NAME) == "denied"
    alice.git("update-ref", "-d", f"refs/remotes/origin/{team.branch}")
    alice.git("remote", "rename", "origin", "upstream")
    assert alice.allowed(NAME) == "denied"


def test_a_folder_that_is_not_utf_8_stops_no_sync(team: Team) -> None:
    """Somebody adds it, and takes it out again; who has seen the branch before meets it in the history."""
    mallory = team.clone("mallory")
    mallory.git("checkout", "--quiet", team.branch)
    (mallory.path / "x").write_text("x")
    blob = mallory.git("hash-object", "-w", "x")
    name = f".quality-gates/models/\udcff/1/20260101T000000Z-decision-{'a' * 64}.json"
    mallory.git("update-index", "--add", "--cacheinfo", f"100644,{blob},{name}")
    mallory.git("commit", "--quiet", "-m", "in")
    tree = mallory.git("rev-parse", "HEAD~1^{tree}")
    mallory.git(
        "push", "--quiet", "origin", f"{mallory.git('commit-tree', '-p', 'HEAD', '-m', 'out', tree)}:{team.branch}"
    )
    assert team.alice.sync().sent == ()
    assert team.alice.allowed(NAME) == "allowed"


@pytest.mark.parametrize("kind", ["tree", "tag"])
def test_a_branch_of_a_remote_that_is_no_commit(kind: str, team: Team) -> None:
    """It is refused, and once it is mended the clone works as before."""
    good = team.tip()
    bad = git(team.hub, "rev-parse", f"{good}^{{tree}}")
    if kind == "tag":
        git(team.hub, "-c", "user.name=x", "-c", "user.email=x@x", "tag", "-a", "-m", "x", "t", good)
        bad = git(team.hub, "rev-parse", "refs/tags/t")
    (team.hub / "refs/heads" / team.branch).write_text(bad + "\n")
    with pytest.raises(StoreError):
        team.alice.sync()
    (team.hub / "refs/heads" / team.branch).write_text(good + "\n")
    team.alice.sync()
    assert team.alice.allowed(NAME) == "allowed"


def test_deploy_asks_again_after_it_has_shared(team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rejection is pushed between the first fetch of `deploy` and the sync before the command."""
    from gitgates.cli import deploying

    plain: Callable[..., object] = vars(deploying)["history_of"]
    done: list[Written] = []

    def history_of(*args: object, **values: object) -> object:
        if not done:
            done.append(team.bob.reject(NAME))
            team.bob.sync()
        return plain(*args, **values)

    monkeypatch.setattr(deploying, "history_of", history_of)
    deploy = ("deploy", "--model", NAME, "--context", "staging", "--target", "c", "--key", str(team.alice.key.path))
    ran = team.cli(team.alice, *deploy, "--", "touch", str(tmp_path / "ran"))
    assert (ran.code, "the ledger changed meanwhile: rejected by" in ran.err) == (1, True), ran
    assert not (tmp_path / "ran").exists()
