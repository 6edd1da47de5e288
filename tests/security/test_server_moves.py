"""Attacks on a server with the hook while a ledger moves, and after: not everybody has heard of the new branch."""

import pytest

from tests.git.server import Bare
from tests.security.guarding import LEDGER, moved, pinned, server
from tests.security.world import World
from tests.support import git

__all__ = ["pinned", "server"]  # fixtures


def test_no_other_policy_while_a_move_is_half_pushed(world: World, pinned: Bare) -> None:
    """The new branch has the policy that moves the ledger, the old one has not: a second admin knows nothing of it."""
    world.allowed()
    before = world.commit()
    pinned.taken(world.path, "main")
    root = world.policy
    moved(world)
    pinned.taken(world.path, "quality-gates")
    moving = world.policy
    git(world.path, "checkout", "-q", "-b", "second", before)
    world.policy = root
    rival = world.follow().id
    world.commit()
    told = pinned.refused(world.path, "second:main")
    assert "2 policies would be in force at once, on refs/heads/main and refs/heads/quality-gates" in told
    assert moving in told
    assert rival in told
    git(world.path, "checkout", "-q", "main")
    pinned.taken(world.path, "main")


def test_records_go_on_while_a_move_is_half_pushed(world: World, pinned: Bare) -> None:
    world.allowed()
    before = world.commit()
    pinned.taken(world.path, "main")
    root = world.policy
    moved(world)
    pinned.taken(world.path, "quality-gates")
    git(world.path, "checkout", "-q", "-b", "second", before)
    world.policy = root
    world.rejected()
    commit = world.commit()
    pinned.taken(world.path, "second:main")
    assert git(pinned.path, "rev-parse", "main") == commit


def left_with_a_rejection(world: World, pinned: Bare) -> str:
    """Move the ledger, push a rejection to the branch that it has left, and return the path of that."""
    world.allowed()
    world.commit()
    moved(world)
    pinned.taken(world.path, "main", "quality-gates")
    rejection = world.rejected()
    world.commit()
    pinned.taken(world.path, "main")
    return rejection.path


@pytest.mark.parametrize("refspec", [":main", "+HEAD~1:main", "gone:main", "empty:main"])
def test_what_a_branch_has_alone_stays_there(world: World, pinned: Bare, refspec: str) -> None:
    path = left_with_a_rejection(world, pinned)
    git(
        world.path,
        "branch",
        "empty",
        git(world.path, "commit-tree", "-p", "HEAD", "-m", "code", git(world.path, "mktree")),
    )
    git(world.path, "checkout", "-q", "-b", "gone")
    git(world.path, "rm", "-q", path)
    git(world.path, "commit", "-q", "-m", "gone")
    git(world.path, "checkout", "-q", "main")
    told = pinned.refused(world.path, refspec)
    assert f"{path}: the ledger has moved to refs/heads/quality-gates, and this record is here alone" in told


def test_a_branch_that_was_left_may_go_with_the_push_that_brings_its_records(world: World, pinned: Bare) -> None:
    left_with_a_rejection(world, pinned)
    git(world.path, "checkout", "-q", "quality-gates")
    git(world.path, "checkout", "main", "--", f"{LEDGER}/models")
    world.commit()
    pinned.config("receive.denyDeleteCurrent", "ignore")
    pinned.taken(world.path, "quality-gates", ":main")
    assert "refs/heads/main" not in pinned.refs()
