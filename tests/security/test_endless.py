"""A few small trees that describe more files than any memory can hold: a clone that fetches them says so, and ends."""

from pathlib import Path

from tests.git.test_history_limits import with_bomb
from tests.security.world import World, new_repository, root_policy
from tests.support import Gitgates, git


def test_endless_files_end_no_clone(tmp_path: Path, gitgates: Gitgates) -> None:
    root = root_policy()
    new_repository(tmp_path / "work", root)
    world = World(tmp_path / "work", gitgates, root.id, root.id)
    world.allowed()
    commit = world.commit()
    git(tmp_path, "clone", "-q", "--bare", "work", "origin.git")
    git(world.path, "remote", "add", "origin", tmp_path / "origin.git")
    bomb, back = with_bomb(world.path)
    for pushed in (bomb, back):
        git(world.path, "push", "-q", "origin", f"{pushed}:main")
        done = gitgates("sync", cwd=world.path)
        assert "bug in gitgates" not in done.err
        assert "Traceback" not in done.err
        if pushed == bomb:
            assert done.code != 0
            assert "the history describes more files than a ledger can have" in done.err
        assert git(world.path, "rev-parse", "main") in (commit, back)
