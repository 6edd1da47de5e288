"""`doctor` about remotes: what this clone knows of their losses is told without asking them."""

import json

import attrs
import pytest

from gitgates.ledger.writing import Written
from tests.git.ledgers import commit_files
from tests.git.team import Clone, Team
from tests.support import git

RESTORE = "`gitgates sync --restore`"


@attrs.frozen
class Told:
    """What `doctor` says of a thing."""

    state: str
    text: str
    remedy: str


@attrs.frozen
class Scene:
    """A team whose hub had `old` when alice looked first, and a report and `rejection` when she looked last."""

    team: Team
    old: str
    rejection: Written

    def rewind(self) -> None:
        git(self.team.hub, "update-ref", f"refs/heads/{self.team.branch}", self.old)

    def told(self, name: str = "remote", clone: Clone | None = None) -> list[Told]:
        """Return what `doctor` says of remotes to alice."""
        found = json.loads(self.team.cli(clone or self.team.alice, "doctor", "--json").out)["diagnoses"]
        return [Told(one["state"], one["text"], one["remedy"]) for one in found if one["name"] == name]

    def lost(self) -> None:
        """Insist that `doctor` tells of both records and of how to bring them back."""
        (told,) = self.told()
        text = "cannot decide (incomplete): origin has lost 2 record(s) that this clone has seen there: "
        assert (told.state, told.text.startswith(text), RESTORE in told.remedy) == ("problem", True, True), told
        assert self.rejection.id in told.text

    def refused(self) -> None:
        """Insist that `doctor` tells of the refusal."""
        (told,) = self.told()
        assert told.state == "problem"
        assert told.text.startswith("the last `gitgates sync` with origin, "), told
        assert told.text.endswith(" refused what it had: nothing was joined or shared"), told
        assert RESTORE in told.remedy


@pytest.fixture
def scene(team: Team) -> Scene:
    alice = team.alice
    old = team.tip()
    alice.report("veran:v1")
    rejection = alice.reject("veran:v1")
    alice.sync()
    return Scene(team, old, rejection)


def own_branch_back(scene: Scene) -> None:
    alice, branch = scene.team.alice, scene.team.branch
    if branch == "main":
        alice.git("reset", "--quiet", "--hard", scene.old)
    else:
        alice.git("update-ref", f"refs/heads/{branch}", scene.old)


def test_a_refused_sync_is_told_until_one_ends_well(scene: Scene) -> None:
    scene.rewind()
    done = scene.team.cli(scene.team.alice, "sync")
    assert done.code == 3
    scene.refused()
    scene.team.alice.git("fetch", "--quiet")
    scene.refused()
    own_branch_back(scene)  # and this clone's own branch with it
    scene.refused()
    assert scene.team.cli(scene.team.alice, "sync", "--restore").code == 0
    assert [told.state for told in scene.told()] == ["ok"]


def test_a_refusal_is_told_where_the_own_branch_was_behind(scene: Scene) -> None:
    own_branch_back(scene)
    (told,) = scene.told()
    assert (told.state, "both are read" in told.text) == ("ok", True)
    scene.rewind()
    assert scene.team.cli(scene.team.alice, "sync").code == 3
    scene.refused()


def test_a_rewind_that_git_has_fetched_is_told(scene: Scene) -> None:
    scene.rewind()
    assert [told.state for told in scene.told()] == ["ok"]  # nobody has looked
    scene.team.alice.git("fetch", "--quiet")
    scene.lost()
    own_branch_back(scene)  # then both branches are the same
    scene.lost()
    done = scene.team.cli(scene.team.alice, "sync")
    assert (done.code, "origin has lost 2 record(s)" in done.err) == (3, True)


def test_what_is_accepted_as_lost_is_told_no_more(scene: Scene) -> None:
    scene.rewind()
    assert scene.team.cli(scene.team.alice, "sync").code == 3
    scene.team.alice.git("fetch", "--quiet")
    own_branch_back(scene)
    assert scene.team.cli(scene.team.alice, "doctor", "--accept-rewind", "--yes").code == 0
    assert [(told.state, told.text) for told in scene.told()] == [
        ("ok", "origin has the same records, as of the last fetch")
    ]


def with_branch(scene: Scene) -> Clone:
    """Return bob's clone, with a local branch for the ledger, which is behind."""
    bob, branch = scene.team.bob, scene.team.branch
    bob.git("update-ref", f"refs/heads/{branch}", scene.old)
    return bob


def test_gits_own_ref_that_is_behind_is_no_loss(scene: Scene) -> None:
    """`sync --fetch-only` moves its own ref alone."""
    bob = with_branch(scene)
    assert scene.team.cli(bob, "sync", "--fetch-only").code == 0
    (told,) = scene.told(clone=bob)
    kept = f"refs/gitgates/remotes/origin/{scene.team.branch}"
    assert (told.state, told.text.startswith(f"{kept} has records that ")) == ("ok", True), told


def test_a_rewind_before_git_first_looked_is_told(scene: Scene) -> None:
    """git's own ref never was where `sync` has been; that it has moved since the last `sync` tells."""
    bob = with_branch(scene)
    assert scene.team.cli(bob, "sync", "--fetch-only").code == 0
    (bob.path / ".git/gitgates-fetched.json").write_text(
        f'{{"origin refs/heads/{scene.team.branch}": "2001-01-01T00:00:00.000000Z"}}'
    )
    ref = f"refs/remotes/origin/{scene.team.branch}"
    before = bob.git("rev-parse", f"{scene.old}^")
    bob.git("update-ref", "-d", ref)
    bob.git("update-ref", "--create-reflog", "-m", "fetch: forced-update", ref, before)
    scene.rewind()
    bob.git("fetch", "--quiet")
    (told,) = scene.told(clone=bob)
    assert (told.state, "origin has lost 2 record(s)" in told.text) == ("problem", True), told


def test_a_clone_that_has_the_remotes_copy_alone(own: Team) -> None:
    scene = Scene(own, own.tip(), own.alice.reject("veran:v1"))
    copy = "only the remote's copy refs/remotes/origin/quality-gates is here; the first record makes a local branch"
    assert scene.told(clone=own.bob) == [Told("ok", copy, "")]
    own.alice.sync()
    assert own.cli(own.bob, "sync", "--fetch-only").code == 0
    own.bob.git("update-ref", "refs/remotes/origin/quality-gates", "refs/gitgates/remotes/origin/quality-gates")
    scene.rewind()
    own.bob.git("fetch", "--quiet")
    (_, told) = scene.told(clone=own.bob)
    assert (told.state, "origin has lost 1 record(s)" in told.text) == ("problem", True), told


def test_what_is_not_shared_yet_is_told(scene: Scene) -> None:
    scene.team.alice.report("veran:v2")
    (told,) = scene.told()
    text = f"refs/heads/{scene.team.branch} has commits of the ledger that origin lacks"
    assert (told.state, told.text, told.remedy) == ("warning", text, "Share them: `gitgates sync`")


def test_a_remote_with_another_ledger_is_told(scene: Scene) -> None:
    alice = scene.team.alice
    path = ".quality-gates/policy/20260101T000000Z-policy-" + "e" * 64 + ".json"
    alice.git("checkout", "--quiet", "--orphan", "stranger")
    alice.git("rm", "-r", "-q", "--force", ".")
    commit_files(alice.path, "x", {path: "{}\n"})
    stranger = alice.git("rev-parse", "HEAD")
    alice.git("checkout", "--quiet", "--force", "main")
    alice.git("branch", "-D", "stranger")
    alice.git("remote", "add", "strange", "../nowhere.git")
    alice.git("update-ref", f"refs/remotes/strange/{scene.team.branch}", stranger)
    mine, strange = scene.told()
    assert mine.state == "ok"
    text = "cannot decide (fork): strange has a ledger on "
    assert (strange.state, strange.text.startswith(text)) == ("problem", True), strange


def test_records_that_this_clone_lost_are_told(scene: Scene) -> None:
    alice = scene.team.alice
    assert scene.team.cli(alice, "verify").code == 0
    alice.git("remote", "remove", "origin")
    alice.git("update-ref", "-d", f"refs/gitgates/remotes/origin/{scene.team.branch}")
    own_branch_back(scene)
    (told,) = scene.told("records")
    text = "incomplete: 2 record(s) that were in this ledger are gone or changed: "
    assert (told.state, told.text.startswith(text)) == ("problem", True), told
    assert told.remedy == "Bring back what is gone: `gitgates doctor --restore`"
