"""Git bundles: all that a branch holds, in one file that git can clone."""

import os
import tempfile

from gitgates.store.process import run
from gitgates.store.repository import Repository

_SAME_EACH_TIME = {"pack.threads": "1"}
"""With several threads, git packs the same objects otherwise each time."""


def write_git_bundle(repository: Repository, branch: str, commit: str, path: str) -> None:
    """Write what is reachable from `commit` to the file `path`, as the branch `branch` and as HEAD.

    It is made in a repository of its own that borrows the objects: so whatever ref the commit was known by here, a
    clone of the bundle has the branch, and no setting of this repository takes part.

    Args:
        branch: full name of the ref.

    Raises:
        GitError: an object is not here, or the file cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix="gitgates-") as scratch:
        name = branch.removeprefix("refs/heads/")
        kind = (f"--object-format={repository.object_format}", f"--initial-branch={name}")
        run(["init", "--quiet", "--bare", "--template=", *kind, scratch], write=True)
        os.makedirs(os.path.join(scratch, "objects", "info"), exist_ok=True)
        with open(os.path.join(scratch, "objects", "info", "alternates"), "wb") as file:
            file.write(os.fsencode(os.path.join(repository.common_dir, "objects")) + b"\n")
        run(["update-ref", branch, commit], git_dir=scratch, write=True)
        asked = ("bundle", "create", "--quiet", os.path.abspath(path), "HEAD", branch)
        run(asked, git_dir=scratch, config=_SAME_EACH_TIME, write=True)
