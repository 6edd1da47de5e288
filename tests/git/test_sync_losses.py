"""A remote that lost what this clone has seen there is refused, and can be given it back."""

from collections.abc import Callable

import attrs
import pytest

from gitgates.ledger.writing import Written
from tests.git.ledgers import commit_files
from tests.git.team import LEDGER, Clone, Team
from tests.support import git


@attrs.frozen
class Scene:
    """A team whose hub had `old` when alice looked first, and `report` and `rejection` when she looked last."""

    team: Team
    old: str
    report: Written
    rejection: Written

    @property
    def vandal(self) -> Clone:
        """A clone with the ledger's branch checked out, whose owner pushes what they want."""
        clone = self.team.clone("vandal")
        clone.git("checkout", "--quiet", self.team.branch)
        return clone

    def push(self, files: dict[str, str | bytes | None]) -> None:
        vandal = self.vandal
        commit_files(vandal.path, "x", files)
        vandal.git("push", "--quiet", "origin", f"HEAD:{self.team.branch}")


@pytest.fixture
def scene(team: Team) -> Scene:
    alice = team.alice
    old = team.tip()
    report, rejection = alice.report("veran:v1"), alice.reject("veran:v1")
    alice.sync()
    return Scene(team, old, report, rejection)


def rewind(scene: Scene) -> None:
    git(scene.team.hub, "update-ref", f"refs/heads/{scene.team.branch}", scene.old)


def rewind_and_fetch(scene: Scene) -> None:
    """Rewind, and have git itself see it: its own ref forgets what was there."""
    rewind(scene)
    scene.team.alice.git("fetch", "--quiet")


def remove(scene: Scene) -> None:
    scene.push({scene.rejection.path: None, f"{scene.rejection.path}.sig": None})


def remove_and_pull(scene: Scene) -> None:
    """Remove, and have the removal in alice's own branch."""
    remove(scene)
    scene.team.alice.git("fetch", "--quiet", "origin", scene.team.branch)
    if scene.team.branch == "main":
        scene.team.alice.git("merge", "--quiet", "--ff-only", "FETCH_HEAD")
    else:
        scene.team.alice.git("update-ref", f"refs/heads/{scene.team.branch}", "FETCH_HEAD")


def edit(scene: Scene) -> None:
    scene.push({scene.rejection.path: "{}\n"})


def swap_signature(scene: Scene) -> None:
    other = git(scene.team.hub, "show", f"{scene.team.branch}:{scene.report.path}.sig")
    scene.push({f"{scene.rejection.path}.sig": f"{other}\n"})


def remove_from_a_squash(scene: Scene) -> None:
    vandal = scene.vandal
    vandal.git("rm", "--quiet", scene.rejection.path)
    vandal.git("checkout", "--quiet", "--orphan", "squashed")
    vandal.git("commit", "--quiet", "--message", "One commit")
    vandal.git("push", "--quiet", "--force", "origin", f"HEAD:{scene.team.branch}")


LOSSES: list[tuple[str, Callable[[Scene], None]]] = [
    ("own", rewind), ("own", rewind_and_fetch), ("own", edit), ("own", swap_signature), ("own", remove_from_a_squash),
    ("code", rewind_and_fetch), ("code", remove), ("code", remove_and_pull),
]  # fmt: skip


@pytest.mark.parametrize(("team", "loss"), LOSSES, indirect=["team"])
def test_a_loss_is_refused_and_restored(scene: Scene, loss: Callable[[Scene], None]) -> None:
    team, alice = scene.team, scene.team.alice
    before = alice.records()
    loss(scene)
    refs = alice.git("for-each-ref"), git(team.hub, "for-each-ref")
    brings_more = loss not in (rewind, rewind_and_fetch, remove_and_pull)
    name = f"refs/gitgates/refused/origin/{team.branch}/{team.tip()}"
    kept = [name] if brings_more else []
    for options in ([], ["--fetch-only"]):
        done = team.cli(alice, "sync", *options)
        assert done.code == 3, done
        assert "origin has lost" in done.err
        assert scene.rejection.id in done.err
        assert "gitgates sync --restore" in done.err
        assert alice.git("for-each-ref", "--format=%(refname)", "refs/gitgates/refused").splitlines() == kept
        others = [row for row in alice.git("for-each-ref").splitlines() if not row.endswith(name)]
        assert ("\n".join(others), git(team.hub, "for-each-ref")) == refs
    done = team.cli(alice, "sync", "--restore")
    assert done.code == 0, done
    assert f"restored: {scene.rejection.path}" in done.out
    assert team.on_hub() == before
    assert alice.records() == before
    assert alice.git("for-each-ref", "refs/gitgates/refused") == ""
    assert alice.allowed("veran:v1") == "denied"
    assert alice.sync().sent == ()
    team.check(alice)


@pytest.mark.parametrize("team", ["own"], indirect=True)
def test_what_somebody_adds_after_a_rewind_is_kept(scene: Scene) -> None:
    team, alice, bob = scene.team, scene.team.alice, scene.team.bob
    rewind(scene)
    other = bob.report("other:1.0")
    bob.sync()
    assert team.cli(alice, "sync").code == 3
    done = alice.sync(restore=True)
    assert done.received == (other.id,)
    assert set(done.restored) == {scene.report.path, scene.rejection.path}
    team.settle(alice, bob)
    team.check(alice, bob, names=("veran:v1", "other:1.0"))


@pytest.mark.parametrize("team", ["code"], indirect=True)
def test_records_that_only_git_has_seen(scene: Scene) -> None:
    team, bob = scene.team, scene.team.bob
    bob.git("fetch", "--quiet")
    rewind(scene)
    done = team.cli(bob, "sync")
    assert (done.code, "origin has lost 2 record(s)" in done.err) == (3, True), done
    assert bob.sync(restore=True).restored
    team.settle(team.alice, bob)
    team.check(team.alice, bob)


@pytest.mark.parametrize("team", ["code"], indirect=True)
def test_a_lost_seal(team: Team) -> None:
    alice = team.alice
    alice.report("veran:v1")
    alice.sync()
    tip = team.tip()
    alice.propose("allow_force = false", "allow_force = true")
    alice.sync()
    (seal,) = [path for path in team.on_hub() if path.endswith(".seal") and path not in team.on_hub(tip)]
    Scene(team, "", *[alice.reject("veran:v1")] * 2).push({seal: None})
    done = team.cli(alice, "sync")
    assert (done.code, seal.rpartition("/")[2] in done.err) == (3, True), done
    assert alice.sync(restore=True).restored == (seal,)
    team.settle(alice)
    team.check(alice)


def test_a_squash_that_keeps_all(scene: Scene) -> None:
    team, alice = scene.team, scene.team.alice
    vandal = scene.vandal
    vandal.git("checkout", "--quiet", "--orphan", "squashed")
    vandal.git("commit", "--quiet", "--message", "One commit")
    vandal.git("push", "--quiet", "--force", "origin", f"HEAD:{team.branch}")
    written = alice.report("other:1.0")
    done = alice.sync()
    assert (done.sent, done.restored) == ((written.id,), ())
    bob = team.bob
    bob.sync()
    bob.sync()
    team.check(alice, bob, names=("veran:v1", "other:1.0"))


@pytest.mark.parametrize("team", ["code"], indirect=True)
def test_a_removal_that_was_undone(scene: Scene) -> None:
    vandal = scene.vandal
    commit_files(vandal.path, "x", {scene.rejection.path: None})
    vandal.git("revert", "--no-edit", "HEAD")
    vandal.git("push", "--quiet", "origin", f"HEAD:{scene.team.branch}")
    scene.team.settle(scene.team.alice)
    scene.team.check(scene.team.alice)


@pytest.mark.parametrize("team", ["own"], indirect=True)
def test_foreign_files_may_go(scene: Scene) -> None:
    forged = scene.report.path.replace("-report-", "-decision-")
    scene.push({forged: "{}\n", f"{LEDGER}/models/x": "y", f"{LEDGER}/note.txt": "z"})
    alice = scene.team.alice
    alice.sync()
    git(scene.team.top, "-C", "vandal", "revert", "--no-edit", "HEAD")
    git(scene.team.top / "vandal", "push", "--quiet", "origin", f"HEAD:{scene.team.branch}")
    assert alice.sync().restored == ()
    scene.team.check(alice)


def test_a_deleted_branch_of_its_own(own: Team) -> None:
    alice, bob = own.alice, own.bob
    report = bob.report("veran:v1")
    bob.sync()
    alice.sync(fetch_only=True)  # her own branch does not have it
    mine = alice.report("other:1.0")
    git(own.hub, "update-ref", "-d", "refs/heads/quality-gates")
    done = own.cli(alice, "sync")
    assert done.code == 3
    assert "origin has lost the branch quality-gates, which this clone has seen there" in done.err
    assert own.tip() == ""
    alice.sync(restore=True)
    assert {report.path, mine.path} <= own.on_hub().keys()
    own.settle(alice, bob)
    own.check(alice, bob, names=("veran:v1", "other:1.0"))


def test_a_deleted_branch_with_code(code: Team) -> None:
    alice, bob = code.alice, code.bob
    report = bob.report("veran:v1")
    bob.sync()
    commit_files(alice.path, "Code", {"train.py": "x = 2\n"})
    alice.sync(fetch_only=True)
    git(code.hub, "symbolic-ref", "HEAD", "refs/heads/none")
    git(code.hub, "update-ref", "-d", "refs/heads/main")
    assert code.cli(alice, "sync").code == 3
    done = code.cli(alice, "sync", "--restore")
    assert done.code == 2
    assert "git push -u origin main" in done.err
    alice.git("push", "--quiet", "-u", "origin", "main")
    assert report.id in code.cli(alice, "sync").err
    assert report.path in alice.sync(restore=True).restored
    code.settle(alice, bob)
    code.check(alice, bob)


@pytest.mark.parametrize("team", ["own"], indirect=True)
def test_bytes_that_this_clone_does_not_have_cannot_be_restored(scene: Scene) -> None:
    team = scene.team
    git(team.hub, "config", "uploadpack.allowFilter", "true")
    partial = team.clone("partial", "--filter=blob:none", "--no-checkout")
    git(partial.path, "update-ref", f"refs/gitgates/remotes/origin/{team.branch}", team.tip())
    rewind(scene)
    done = team.cli(partial, "sync", "--restore")
    assert done.code == 3, done
    assert "fetch" in done.err
    assert team.tip() == scene.old


@pytest.mark.parametrize("team", ["own"], indirect=True)
def test_a_record_whose_bytes_are_gone_everywhere(scene: Scene) -> None:
    team, alice = scene.team, scene.team.alice
    blob = alice.records()[scene.rejection.path]
    rewind(scene)
    (alice.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    done = team.cli(alice, "sync", "--restore")
    assert done.code == 3, done
    assert "this clone does not have the bytes of" in done.err
    assert scene.rejection.id in done.err
    assert team.tip() == scene.old


def test_a_file_for_people_comes_back(code: Team) -> None:
    alice = code.alice
    vandal = code.clone("vandal")
    commit_files(vandal.path, "x", {f"{LEDGER}/README.md": None})
    vandal.git("push", "--quiet")
    commit_files(alice.path, "Code", {"train.py": "x = 2\n"})
    assert alice.sync().restored == ()
    assert "README.md" in git(code.hub, "ls-tree", "--name-only", f"main:{LEDGER}")
