"""A team's ledger and a server that guards it: what the tests of the server hook begin with."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from gitgates.codec.policy_toml import parse_policy
from gitgates.model.records import PolicyRecord
from gitgates.trust.allowed_signers import render
from tests.git.server import Bare, guarded
from tests.security.world import (
    MEMBERS,
    RULES,
    Made,
    World,
    made,
    new_repository,
    policy_text,
    root_policy,
    signers_of,
)
from tests.support import Gitgates, git, run

LEDGER = ".quality-gates"


def new_world(path: Path, gitgates: Gitgates) -> World:
    """Make a repository with the team's ledger at `path`."""
    root = root_policy()
    new_repository(path, root)
    return World(path, gitgates, root.id, root.id)


@pytest.fixture
def server(tmp_path: Path) -> Bare:
    """Give an empty server with the hook."""
    return guarded(tmp_path / "server.git")


@pytest.fixture
def pinned(world: World, server: Bare) -> Bare:
    """Give a server that has the ledger, and its root pinned."""
    server.config("gitgates.root", world.root)
    server.without_hook(world.path, "main")
    return server


def write_policy(
    world: World,
    by: str,
    members: Mapping[str, str] = MEMBERS,
    *,
    quorum: int = 1,
    text: str = "",
    branch: str = "main",
    **values: object,
) -> Made:
    """Write a policy record alone; `text` is what its policy.toml says, where that is not what was parsed."""
    said = policy_text(members, RULES, quorum).replace('"main"', f'"{branch}"')
    signers = signers_of(*members)
    world.now += world.now.resolution * 1_000_000
    facts: dict[str, object] = {"ledger": world.root, "parents": (world.policy,)}
    record = PolicyRecord(
        created=world.now, author=by, policy_toml=text or said, allowed_signers=render(signers),
        parsed=parse_policy(said, signers), **(facts | values),  # type: ignore[arg-type]
    )  # fmt: skip
    done = made(record, by)
    world.put(done.files)
    return done


def policy_naming(world: World, branch: str) -> str:
    """Commit a policy that has the ledger move to another branch; return the commit."""
    done = write_policy(world, "alice", branch=branch)
    assert isinstance(done.record, PolicyRecord)
    world.policy = done.id
    world.put({f"{LEDGER}/policy.toml": done.record.policy_toml.encode()})
    return world.commit()


def moved(world: World) -> None:
    """Have the policy name quality-gates, and make that branch with nothing but the ledger on it."""
    policy_naming(world, "quality-gates")
    tree = run("git", "mktree", cwd=world.path, stdin=git(world.path, "ls-tree", "HEAD", LEDGER) + "\n").out.strip()
    git(world.path, "branch", "-f", "quality-gates", git(world.path, "commit-tree", "-m", "moved", tree))
