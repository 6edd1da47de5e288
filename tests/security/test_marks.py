"""What a clone has verified stays known where others can write its refs: by a mirror's fetch, by a push."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

from tests.security.test_history import remove
from tests.security.world import Made, World
from tests.support import git, run

VERIFIED = "refs/gitgates/verified"


@attrs.frozen
class Scene:
    """A team's clone, the server's repository, and one more clone, which asks and has verified a rejection."""

    team: World
    server: Path
    asking: World
    rejection: Made

    def delete(self) -> None:
        """Delete the rejection with a plain commit, and push that."""
        remove(self.team, self.rejection)
        self.team.commit()
        git(self.team.path, "push", "--quiet", self.server, "main")


def scene_of(world: World, tmp_path: Path, kind: str) -> Scene:
    rejection = world.rejected()
    world.commit()
    server = tmp_path / "server.git"
    git(tmp_path, "clone", "--quiet", "--bare", world.path, server)
    asking = server if kind == "server" else tmp_path / "asking"
    if kind != "server":
        git(tmp_path, "clone", "--quiet", "--mirror", server, asking)
    git(asking, "config", "gitgates.root", world.root)
    if kind == "guarded mirror":
        git(asking, "config", "--add", "remote.origin.fetch", "^refs/gitgates/*")
    scene = Scene(world, server, attrs.evolve(world, path=asking), rejection)
    assert not any(one["affects_decision"] for one in scene.asking.findings() if one["code"] != "incomplete")
    if kind != "mirror":
        assert scene.asking.ask().answer == "denied"
        assert git(asking, "rev-parse", VERIFIED) == git(world.path, "rev-parse", "HEAD")
    return scene


def test_a_mirror_that_fetches_every_ref(world: World, tmp_path: Path) -> None:
    scene = scene_of(world, tmp_path, "mirror")
    asked = scene.asking.ask()
    assert (asked.answer, asked.cause) == ("cannot decide", "incomplete")
    assert "a fetch from origin takes +refs/*:refs/*, which overwrites what this clone knows" in asked.reason
    done = scene.asking("can-deploy", "--model", "veran:v1", "--context", "production")
    remedy = "git config --add remote.origin.fetch '^refs/gitgates/*'"
    assert f"Run `{remedy}`" in done.out + done.err
    assert run("sh", "-c", remedy, cwd=scene.asking.path).code == 0
    assert scene.asking.ask().answer == "denied"


@pytest.mark.parametrize(
    ("spec", "left_out"),
    [
        ("+refs/*:refs/*", "refs/heads/*"),
        ("refs/heads/*:refs/*", "refs/gitgates/*"),
        ("refs/heads/x:refs/gitgates/verified", "refs/heads/x"),
        ("refs/heads/*:refs/gitgates/remotes/*", "refs/gitgates/*"),
    ],
)
def test_a_setting_that_leaves_out_something_else(spec: str, left_out: str, world: World) -> None:
    world.allowed()
    world.commit()
    git(world.path, "config", "remote.other.fetch", spec)
    git(world.path, "config", "--add", "remote.other.fetch", f"^{left_out}")
    asked = world.ask()
    assert (asked.answer, asked.cause) == ("cannot decide", "incomplete")
    assert f"a fetch from other takes {spec}" in asked.reason
    done = world("can-deploy", "--model", "veran:v1", "--context", "production")
    remedy = re.search("Run `(git config .*)`", done.out + done.err)
    assert remedy, done
    assert run("sh", "-c", remedy[1], cwd=world.path).code == 0
    assert world.ask().answer == "allowed"


@pytest.mark.parametrize("spec", ["+refs/heads/*:refs/remotes/other/*", "refs/gitgates/verified", "refs/x/*:refs/y/*"])
def test_a_setting_that_writes_no_ref_of_ours(spec: str, world: World) -> None:
    world.allowed()
    head = world.commit()
    world.remember()
    other = world.copy("other")
    git(other.path, "update-ref", VERIFIED, "HEAD~1")
    git(world.path, "config", "remote.other.url", str(other.path))
    git(world.path, "config", "remote.other.fetch", spec)
    git(world.path, "fetch", "--quiet", "--force", "--prune", "other")
    assert git(world.path, "for-each-ref", "--format=%(objectname) %(refname)", "refs/gitgates") == f"{head} {VERIFIED}"
    assert world.ask().answer == "allowed"


def pruned(scene: Scene) -> None:
    git(scene.asking.path, "fetch", "--quiet", "--prune")


def fetched_over(scene: Scene) -> None:
    git(scene.team.path, "push", "--quiet", scene.server, f"+HEAD:{VERIFIED}")
    git(scene.asking.path, "fetch", "--quiet")


def pushed_over(scene: Scene) -> None:
    git(scene.team.path, "push", "--quiet", scene.asking.path, f"+HEAD:{VERIFIED}")


def deleted_by_a_push(scene: Scene) -> None:
    git(scene.team.path, "push", "--quiet", scene.asking.path, f":{VERIFIED}")


WAYS: dict[str, tuple[str, Callable[[Scene], None]]] = {
    "a mirror prunes the mark": ("mirror", pruned),
    "a mirror fetches another mark": ("mirror", fetched_over),
    "a server is given another mark": ("server", pushed_over),
    "a server's mark is deleted": ("server", deleted_by_a_push),
}


@pytest.mark.parametrize(("kind", "attack"), WAYS.values(), ids=WAYS.keys())
def test_a_mark_that_others_write(kind: str, attack: Callable[[Scene], None], world: World, tmp_path: Path) -> None:
    """The rejection is deleted, and what the asking repository's refs know of it; a setting is mended too late."""
    if kind == "mirror":
        scene = scene_of(world, tmp_path, "guarded mirror")
        git(scene.asking.path, "config", "--unset", "remote.origin.fetch", "^\\^refs")
    else:
        scene = scene_of(world, tmp_path, kind)
    scene.delete()
    attack(scene)
    if kind == "mirror":
        git(scene.asking.path, "config", "--add", "remote.origin.fetch", "^refs/gitgates/*")
    asked = scene.asking.ask()
    assert (asked.answer, asked.cause) == ("cannot decide", "incomplete")
    assert f"are gone or changed: {Path(scene.rejection.path).name}" in asked.reason


@pytest.mark.parametrize("way", ["fetch", "fetch --prune"])
def test_a_mirror_that_leaves_them_out(way: str, world: World, tmp_path: Path) -> None:
    scene = scene_of(world, tmp_path, "guarded mirror")
    verified = git(scene.asking.path, "rev-parse", VERIFIED)
    git(scene.team.path, "push", "--quiet", scene.server, f"HEAD~1:{VERIFIED}")
    scene.delete()
    git(scene.asking.path, *way.split())
    assert git(scene.asking.path, "rev-parse", VERIFIED) == verified
    assert scene.asking.ask().answer == "cannot decide"


def test_a_record_that_is_written_after_such_a_push(world: World, tmp_path: Path) -> None:
    """Whoever sets the mark to the branch's tip must not have the next record carry it on in the file's place."""
    scene = scene_of(world, tmp_path, "server")
    scene.delete()
    pushed_over(scene)
    git(scene.asking.path, "branch", "keep")
    done = scene.asking.as_person("bob", "reject", "--model", "veran:v1", "--context", "staging", "--reason", "x")
    assert done.code == 0, done
    assert git(scene.asking.path, "rev-parse", VERIFIED) == git(scene.asking.path, "rev-parse", "main")
    assert scene.asking.ask().answer == "cannot decide"


def test_the_file_follows_what_is_written_and_verified(world: World) -> None:
    world.allowed()
    first = world.commit()
    world.remember()
    file = world.path / ".git/gitgates-verified"
    assert file.read_text() == f"{first}\n"
    done = world.as_person("bob", "reject", "--model", "veran:v1", "--context", "staging", "--reason", "x")
    assert done.code == 0, done
    assert file.read_text() == git(world.path, "rev-parse", "HEAD") + "\n"
    file.unlink()  # a clone that verified before there was such a file
    assert world.ask().answer == "allowed"
    world.remember()
    assert file.read_text() == git(world.path, "rev-parse", "HEAD") + "\n"


@pytest.mark.parametrize("text", ["1" * 40, "main", "", "\0" * 41, "\xff", "0" * 100_000])
def test_a_file_of_marks_that_tells_nothing(text: str, world: World) -> None:
    world.allowed()
    world.commit()
    file = world.path / ".git/gitgates-verified"
    file.write_bytes(f"{text}\n".encode("latin-1"))
    asked = world.ask()
    assert (asked.answer, asked.cause) == ("cannot decide", "unreadable")
    assert f"{file} names a commit that this clone does not have" in asked.reason
    assert world("doctor", "--accept-rewind", "--yes").code == 0
    assert world.ask().answer == "allowed"


def test_a_file_of_marks_that_is_none(world: World) -> None:
    world.allowed()
    world.commit()
    file = world.path / ".git/gitgates-verified"
    file.mkdir()
    asked = world.ask()
    assert (asked.code, asked.answer) == (3, "cannot decide")
    assert f"{file} cannot be read, so it cannot be told what the clone knew: Is a directory" in asked.reason
    done = world("verify")
    assert (done.code, f"{file} cannot be read" in done.out + done.err) == (3, True)
    shutil.rmtree(file)
    assert world.ask().answer == "allowed"
