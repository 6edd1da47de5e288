"""Worktrees: which of them have a branch checked out, which are in the middle of something, which are dirty."""

import os

from gitgates.errors import StoreError
from gitgates.model.frozen import frozen
from gitgates.store.process import attempt, run
from gitgates.store.repository import OUTSIDE_LEDGER, Repository

_USAGE_ERROR = 129


@frozen
class Worktree:
    """A worktree.

    Attributes:
        path: its top folder, or None where that is not to be found at the moment (an unplugged disk, a deleted folder).
        git_dir: the folder of its HEAD and index, which is there in any case.
    """

    path: str | None
    git_dir: str


def worktrees_on(repo: Repository, ref: str) -> tuple[Worktree, ...]:
    """Return the worktrees in which the branch `ref` is checked out, unborn branches included."""
    found = []
    folders = _linked_folders(repo)
    for number, block in enumerate(_listed(repo)):
        if block.get("branch") != ref:
            continue
        if number == 0:  # git lists the main worktree first
            found.append(Worktree(_main_path(repo, block["worktree"]), repo.common_dir))
            continue
        path = block["worktree"]
        git_dir = folders.get(os.path.realpath(path))
        if git_dir is not None:
            found.append(Worktree(path if os.path.isdir(path) else None, git_dir))
    return tuple(found)


def _listed(repo: Repository) -> list[dict[str, str]]:
    """Return git's list of worktrees, each as label and value."""
    command = ["worktree", "list", "--porcelain"]
    done = attempt([*command, "-z"], git_dir=repo.git_dir)
    end = "\0"
    if done.returncode == _USAGE_ERROR:  # git before 2.36 has no -z
        done, end = attempt(command, git_dir=repo.git_dir), "\n"
    if done.returncode:
        raise done.error()
    blocks = os.fsdecode(done.stdout).split(end + end)
    return [dict(line.partition(" ")[::2] for line in block.split(end)) for block in blocks if block]


def _main_path(repo: Repository, listed: str) -> str | None:
    """Return the top folder of the main worktree; git's list guesses it from the place of the git folder."""
    if repo.git_dir == repo.common_dir and repo.worktree is not None:
        return repo.worktree
    configured = repo.config.get("core.worktree")
    path = os.path.join(repo.common_dir, configured) if configured else listed
    return path if os.path.exists(os.path.join(path, ".git")) else None


def _linked_folders(repo: Repository) -> dict[str, str]:
    """Return the git folders of linked worktrees by the real path of the worktree."""
    result = {}
    for folder in _git_dirs(repo)[1:]:
        try:
            with open(os.path.join(folder, "gitdir"), "rb") as file:
                pointer = os.fsdecode(file.read()).rstrip("\n")
        except OSError:
            continue  # being made or being pruned: git passes it over as well
        result[os.path.realpath(os.path.dirname(os.path.join(folder, pointer)))] = folder
    return result


def _git_dirs(repo: Repository) -> tuple[str, ...]:
    linked = os.path.join(repo.common_dir, "worktrees")
    names = sorted(os.listdir(linked)) if os.path.isdir(linked) else ()
    return (repo.common_dir, *(os.path.join(linked, name) for name in names))


def refuse_if_busy(repo: Repository, ref: str) -> None:
    """Raise StoreError where a worktree is rebasing or bisecting the branch `ref`.

    Both put the branch back to where they want it when they end, and a record added meanwhile would be lost.
    """
    for folder in _git_dirs(repo):
        for state, stop in _BUSY:
            file = os.path.join(folder, *state.split("/"))
            if ref in _lines(file):
                raise StoreError(
                    f"{ref} is in use by `git {stop.split()[0]}` (see {file})",
                    remedy=f"Finish that, or stop it with `git {stop}`, and try again",
                )


_BUSY = (
    ("rebase-merge/head-name", "rebase --abort"),
    ("rebase-merge/update-refs", "rebase --abort"),  # other branches that this rebase moves along
    ("rebase-apply/head-name", "rebase --abort"),
    ("BISECT_START", "bisect reset"),
)


def _lines(path: str) -> tuple[str, ...]:
    """Return the lines of one of git's state files; bisect leaves out the `refs/heads/` that the others write."""
    try:
        with open(path, "rb") as file:
            lines = os.fsdecode(file.read()).splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return ()
    return tuple(f"refs/heads/{line}" if path.endswith("BISECT_START") else line for line in lines)


def is_dirty(repo: Repository) -> bool:
    """Tell whether files outside `.quality-gates/` differ from HEAD, untracked ones and submodules included.

    False without a worktree. Comparing contents can run filters; see `Repository.without_programs`.
    """
    worktree = repo.worktree
    if worktree is None:
        return False
    command = ("status", "--porcelain", "-z", "--no-renames", "--untracked-files=normal", "--ignore-submodules=dirty")
    config = repo.without_programs()
    if run([*command, *OUTSIDE_LEDGER], cwd=worktree, git_dir=repo.git_dir, work_tree=worktree, config=config):
        return True
    return any(_is_dirty_submodule(path) for path in _submodules(repo, worktree))


def _submodules(repo: Repository, worktree: str) -> list[str]:
    """Return the folders of the submodules of `worktree`; git would look into them by their own settings."""
    if not os.path.exists(os.path.join(worktree, ".gitmodules")):
        return []
    listed = run(["ls-files", "-s", "-z"], cwd=worktree, git_dir=repo.git_dir, work_tree=worktree)
    entries = (entry.partition(b"\t") for entry in listed.split(b"\0"))
    return [os.path.join(worktree, os.fsdecode(path)) for mode, _, path in entries if mode.startswith(b"160000 ")]


def _is_dirty_submodule(path: str) -> bool:
    return os.path.exists(os.path.join(path, ".git")) and is_dirty(Repository.open(path))
