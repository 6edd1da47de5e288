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
