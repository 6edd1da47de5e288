"""A ledger has moved to another branch: nobody is led back to the old one, and nothing written there is overlooked."""

from pathlib import Path

import attrs
import pytest

from gitgates.model.paths import LEDGER_FOLDER
from gitgates.model.records import DecisionRecord
from tests.git.server import guarded
from tests.security.world import Made, World
from tests.support import git

OWN = "quality-gates"


def moved(world: World, to: str = OWN) -> None:
    """Move the ledger; main stays checked out, and the world goes on writing there, as if it had not heard of it."""
    world.commit()
    done = world.as_person("alice", "migrate", "--to", to)
    assert done.code == 0, done


def on_branch(world: World, branch: str, name: str = "other") -> Path:
    path = world.path.parent / name
    git(world.path, "worktree", "add", "--quiet", path, branch)
    return path


def commit_all(path: Path) -> None:
    git(path, "add", "--all", "--force", LEDGER_FOLDER)
    git(path, "commit", "--quiet", "--message", "x")


def written_on_the_new_branch(world: World, record: Made) -> None:
    path = on_branch(world, OWN)
    for name, data in record.files.items():
        (path / name).write_bytes(data or b"")
    commit_all(path)


def test_a_rejection_on_the_branch_that_the_ledger_left(world: World) -> None:
    world.allowed()
    moved(world)
    assert world.ask().answer == "allowed"
    world.reject()
    world.commit()
    assert world.ask().answer == "denied"
    world.forget()
    assert world.ask().answer == "denied"


def test_garbage_under_its_name_does_not_hide_it(world: World) -> None:
    """On the ledger's branch lies a file of the same name with other bytes, or with a signature that is none."""
    world.allowed()
    moved(world)
    rejection = world.reject()
    world.commit()
    masked = attrs.evolve(rejection, signature=b"none\n")
    written_on_the_new_branch(world, masked)
    assert world.ask().answer == "denied"
    path = world.path.parent / "other"
    (path / rejection.path).write_bytes(b"{}\n")
    (path / f"{rejection.path}.sig").write_bytes(rejection.signature)
    commit_all(path)
    world.forget()
    assert world.ask().answer == "denied"


def test_the_branch_that_the_ledger_left_is_put_back(world: World) -> None:
    """Main is what it was before the move, whatever the configuration names; a rejection came after."""
    world.allowed()
    old = world.commit()
    moved(world)
    rejection = world.make(DecisionRecord, "carol", approved=False, forced=False, reason="it stutters")
    git(world.path, "checkout", "--quiet", "--force", "--detach", old)
    git(world.path, "clean", "-fdq")
    written_on_the_new_branch(world, rejection)
    git(world.path, "branch", "--force", "main", old)
    for setting in (True, False):
        git(world.path, "config", "gitgates.ledger", "refs/heads/main" if setting else f"refs/heads/{OWN}")
        world.forget()
        assert world.ask().answer == "denied"


def test_a_mark_on_a_branch_that_was_left_without_its_commit(world: World) -> None:
    world.allowed()
    moved(world)
    git(world.path, "remote", "add", "origin", "nowhere")
    file = world.path / ".git/refs/remotes/origin/main"
    file.parent.mkdir(parents=True)
    file.write_text("1" * 40 + "\n")
    asked = world.ask()
    assert (asked.answer, asked.cause) == ("cannot decide", "unreadable")
    assert "refs/remotes/origin/main names a commit that this clone does not have" in asked.reason
    git(world.path, "update-ref", "-d", "refs/remotes/origin/main")
    assert world.ask().answer == "allowed"


def test_a_stranger_moves_nothing(world: World) -> None:
    """A policy that names another branch, by somebody who is no admin, sends nobody there."""
    world.rejected()
    old = git(world.path, "rev-parse", "HEAD")
    before = world.commit()
    git(world.path, "branch", "elsewhere", old)
    done = world.as_person("bob", "migrate", "--to", "elsewhere")
    assert (done.code, "bob is no admin under the policy in force" in done.err) == (1, True), done
    assert git(world.path, "rev-parse", "HEAD", "elsewhere").split() == [before, old]
    assert world.ask().answer == "denied"


@pytest.mark.parametrize("refs", [("main", OWN), (OWN, "main")])
def test_a_server_with_the_hook_takes_a_move(refs: tuple[str, ...], world: World, tmp_path: Path) -> None:
    """Either branch may come first; afterwards, the new one is guarded as the old one was."""
    bare = guarded(tmp_path / "bare.git")
    world.allowed()
    world.commit()
    bare.taken(world.path, "main")
    moved(world)
    for ref in refs:
        bare.taken(world.path, ref)
    git(tmp_path, "clone", "--quiet", bare.path, "clone")
    git(tmp_path / "clone", "config", "gitgates.root", world.root)
    assert attrs.evolve(world, path=tmp_path / "clone").ask().answer == "allowed"
    path = on_branch(world, OWN)
    (lost, *_) = sorted((path / LEDGER_FOLDER / "models").rglob("*-decision-*.json"))
    lost.unlink()
    commit_all(path)
    assert lost.name in bare.refused(path, OWN)
