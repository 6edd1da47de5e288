"""A bare repository among another repository's files: whoever can add files there can put one, so it is not believed.

git takes any folder with `HEAD`, `objects/` and `refs/` for a repository, and such a folder can be committed. Its
settings would then be the attacker's: the pinned root first of all. A folder called `.git` cannot be committed, so what
lies in one was made by somebody who can write to the clone itself.
"""

import os

GIT_FOLDER = ".git"


def surrounding(start: str, git_dir: str) -> str | None:
    """Return the folder of the repository among whose files `git_dir` lies; None where it is no such bare repository.

    Args:
        start: the folder in which the search for a repository began.
        git_dir: what was found.
    """
    if os.path.basename(git_dir) == GIT_FOLDER:  # nearly always
        return None
    git_dir = os.path.realpath(git_dir)
    if not _is_in(os.path.realpath(start), git_dir):  # found by way of a file `.git`, which nobody can commit either
        return None
    above = os.path.dirname(git_dir)
    while True:
        if os.path.lexists(os.path.join(above, GIT_FOLDER)):
            return None if _is_in(git_dir, os.path.join(above, GIT_FOLDER)) else above
        if (higher := os.path.dirname(above)) == above:
            return None
        above = higher


def _is_in(path: str, folder: str) -> bool:
    """Tell whether `path` is `folder` or lies in it, however their letters' case is spelled on this disk."""
    while True:
        if os.path.exists(folder) and os.path.samefile(path, folder):
            return True
        if (higher := os.path.dirname(path)) == path:
            return False
        path = higher
