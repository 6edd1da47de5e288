"""Which commit comes before which."""

from gitgates.store.repository import Repository


def is_ancestor(repo: Repository, earlier: str, later: str) -> bool:
    """Tell whether `later` is `earlier` or descends from it; both are full ids of commits.

    Raises:
        GitError: one of them is no commit, or the history between them cannot be read.
    """
    return repo.git("merge-base", earlier, later, ok_codes=(0, 1)).decode("ascii").strip() == earlier
