"""What the commits of a branch did below one folder."""

import os

from gitgates.store.repository import Repository


def added_names(repo: Repository, rev: str, folder: str) -> frozenset[str]:
    """Return the names of all files that any commit reachable from `rev` added directly or deeper below `folder`.

    Every parent of a merge is compared (`-m`), and a file that was moved there counts as added (`--no-renames`).
    """
    shown = repo.git(
        "log", "--format=", "--name-only", "-z", "-m", "--no-renames", "--diff-filter=A", rev, "--", f":(top){folder}"
    )
    return frozenset(os.fsdecode(path).rpartition("/")[2] for path in shown.split(b"\0") if path.strip())


def lacks_commits(repo: Repository, ours: str, theirs: str, folder: str) -> bool:
    """Tell whether `theirs` has a commit that touches `folder` and that `ours` does not have."""
    return bool(repo.git("rev-list", "-1", f"^{ours}", theirs, "--", f":(top){folder}").strip())
