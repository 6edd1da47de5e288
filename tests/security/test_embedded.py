"""A bare repository among the code, which a pull request can add: its settings would say whom to believe."""

import shutil
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

from gitgates.errors import StoreError
from gitgates.store.repository import Repository
from tests.security.world import World, new_repository, person, root_policy
from tests.support import Gitgates, git

ALL = '"admin", "checker", "approver", "deployer"'
REFUSED = "is a bare repository among the files of another"


@attrs.frozen
class Embedded:
    """A team's clone, in which veran:v1 was rejected, with a bare repository at `bare` in which it is allowed."""

    team: World
    bare: Path

    def at(self, folder: Path) -> World:
        return attrs.evolve(self.team, path=folder)


@pytest.fixture
def embedded(world: World, tmp_path: Path, gitgates: Gitgates) -> Embedded:
    """Give what is there once the pull request is merged."""
    world.rejected()
    world.commit()
    members = {"alice": ALL, "mallory": ALL, "eve": ALL, "ci": '"checker"'}
    root = root_policy("mallory", members)
    new_repository(tmp_path / "evil", root)
    evil = World(tmp_path / "evil", gitgates, root.id, root.id)
    report = evil.report()
    evil.approve("mallory", report)
    evil.approve("eve", report)
    evil.commit()
    bare = world.path / "services/veran"
    git(tmp_path, "clone", "--quiet", "--bare", evil.path, bare)
    git(bare, "remote", "remove", "origin")
    git(bare, "config", "gitgates.root", root.id)
    shutil.rmtree(bare / "hooks", ignore_errors=True)
    (bare / "refs/keep").write_text("")
    git(world.path, "add", "--all", "--force", ".")
    git(world.path, "commit", "--quiet", "--message", "A service")
    assert evil.ask().answer == "allowed"
    assert world.ask().answer == "denied"
    return Embedded(world, bare)


def as_it_was_committed(scene: Embedded) -> Path:
    clone = scene.team.path.parent / "clone"
    git(clone.parent, "clone", "--quiet", scene.team.path, clone)
    return clone / "services/veran"


def deeper(scene: Embedded) -> Path:
    return scene.bare / "objects"


def by_a_link(scene: Embedded) -> Path:
    (scene.team.path / "tools").symlink_to("services/veran")
    return scene.team.path / "tools"


def in_a_linked_worktree(scene: Embedded) -> Path:
    git(scene.team.path, "worktree", "add", "--quiet", "-b", "side", scene.team.path.parent / "side")
    return scene.team.path.parent / "side/services/veran"


def with_a_worktree_of_its_own(scene: Embedded) -> Path:
    git(scene.bare, "config", "core.bare", "false")
    git(scene.bare, "config", "core.worktree", str(scene.team.path))
    return scene.bare


def that_trusts_itself(scene: Embedded) -> Path:
    git(scene.bare, "config", "safe.directory", str(scene.bare))
    git(scene.bare, "config", "--add", "safe.bareRepository", "all")
    return scene.bare


PLACES: dict[str, Callable[[Embedded], Path]] = {
    "as it was committed": as_it_was_committed,
    "at its top": lambda scene: scene.bare,
    "deeper": deeper,
    "by a link": by_a_link,
    "in a linked worktree": in_a_linked_worktree,
    "with a worktree of its own": with_a_worktree_of_its_own,
    "that trusts itself": that_trusts_itself,
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_a_bare_repository_among_the_code(place: Callable[[Embedded], Path], embedded: Embedded) -> None:
    asked = embedded.at(place(embedded)).ask()
    assert (asked.code, asked.answer) == (2, "refused")
    assert REFUSED in asked.reason


def test_a_bare_repository_that_is_named(embedded: Embedded) -> None:
    done = embedded.team("can-deploy", "-C", "services/veran", "--model", "veran:v1", "--context", "production")
    assert (done.code, REFUSED in done.err) == (2, True)
    assert f"Run this in another folder of {embedded.team.path}; or, where the bare repository" in done.err


def test_no_command_is_run_from_a_bare_repository_among_the_code(embedded: Embedded, tmp_path: Path) -> None:
    here = embedded.at(embedded.bare)
    ask = ("--model", "veran:v1", "--context", "production", "--target", "cluster", "--", "touch", tmp_path / "ran")
    done = here("deploy", "--key", person("alice").key_file(tmp_path), *ask)
    assert (done.code, REFUSED in done.err) == (2, True)
    assert not (tmp_path / "ran").exists()


def test_a_bare_repository_that_the_user_trusts(embedded: Embedded) -> None:
    git(embedded.bare, "config", "--global", "--add", "safe.directory", "*")
    assert embedded.at(embedded.bare).ask().answer == "refused"
    git(embedded.bare, "config", "--global", "--add", "safe.directory", str(embedded.bare))
    assert embedded.at(embedded.bare).ask().answer == "allowed"


def test_repositories_of_other_kinds_are_opened(world: World, tmp_path: Path) -> None:
    """A server's, the git folder itself, those of worktrees and submodules: nobody can commit these."""
    git(tmp_path, "clone", "--quiet", "--bare", world.path, "server.git")
    git(tmp_path, "init", "--quiet", "--separate-git-dir", world.path / "apart", "elsewhere")
    git(world.path, "-c", "protocol.file.allow=always", "submodule", "add", "--quiet", tmp_path / "server.git", "sub")
    git(world.path, "worktree", "add", "--quiet", "-b", "side", tmp_path / "side")
    found = {
        tmp_path / "server.git": tmp_path / "server.git",
        tmp_path / "server.git/refs": tmp_path / "server.git",
        tmp_path / "elsewhere": world.path / "apart",
        world.path / ".git": world.path / ".git",
        world.path / ".git/refs": world.path / ".git",
        world.path / "sub": world.path / ".git/modules/sub",
        world.path / ".git/modules/sub": world.path / ".git/modules/sub",
        world.path / ".git/worktrees/side": world.path / ".git/worktrees/side",
        tmp_path / "side": world.path / ".git/worktrees/side",
    }
    assert {start: Path(Repository.open(str(start)).git_dir) for start in found} == found
    with pytest.raises(StoreError, match=REFUSED):
        Repository.open(str(world.path / "apart"))
