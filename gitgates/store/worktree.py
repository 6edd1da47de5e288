"""Bringing new files into a worktree that has the ledger's branch checked out.

A branch that moves under a worktree leaves its new files staged as deletions there, and the user's next commit would
delete the records. So before the branch moves, the files are written and exactly their paths are put into that
worktree's index. Everything else in it, staged or not, stays as the user left it.

Where the branch brings new bytes for a file that exists, the user may have edited it. The file is written only where it
still has the old bytes, and the index changed only where it still has the old blob: an edit stays an edit. The same
holds for a file that the branch no longer has.
"""

import os
from typing import TYPE_CHECKING

from gitgates.errors import StoreError
from gitgates.store.differences import Edit
from gitgates.store.disk import holds, is_below, replace_file
from gitgates.store.process import attempt, run
from gitgates.store.refs import ATTEMPTS, pause

if TYPE_CHECKING:
    from gitgates.store.checkouts import Worktree
    from gitgates.store.repository import Repository


_STAGED_AT_ONCE = 500
"""Paths that one command line can name, whatever their length."""


class Placement:
    """What was done to one worktree for one commit, to be undone if the branch does not move after all."""

    def __init__(self, repo: "Repository", worktree: "Worktree", edits: tuple[Edit, ...]) -> None:
        self._repo = repo
        self._worktree = worktree
        self._edits = edits
        self._kept, self._absent = self._staged_edits()
        self._written: list[Edit] = []
        self._folders: list[str] = []
        self._indexed: tuple[Edit, ...] = ()

    def write_files(self) -> None:
        """Write the files, each complete or not at all, and delete those that the branch no longer has.

        Raises:
            StoreError: a folder on the way is a symbolic link or a file, or the file system refuses.
        """
        top = self._worktree.path
        if top is None:
            return
        for edit in self._edits:
            try:
                if edit.blob is None:
                    self._delete(top, edit)
                elif edit.data is not None:
                    self._write(top, edit, edit.data)
            except OSError as error:
                raise StoreError(f"{os.path.join(top, edit.path)} cannot be written: {error.strerror}") from error

    def add_to_index(self) -> None:
        """Put the new paths into the index.

        Raises:
            StoreError: the index stays locked by another git process.
        """
        edits = tuple(edit for edit in self._edits if edit.path not in self._kept)
        self._update_index([_index_line(edit.mode, edit.blob, edit) for edit in edits])
        self._indexed = edits

    def undo(self) -> None:
        """Take back what this placement did. Files that somebody changed meanwhile stay."""
        self._update_index([_index_line(edit.old_mode, edit.old_blob, edit) for edit in reversed(self._indexed)])
        self._indexed = ()
        for edit in reversed(self._written):
            self._restore(self._worktree.path or "", edit)
        for folder in reversed(self._folders):
            try:
                os.rmdir(folder)
            except OSError:  # no longer empty: somebody else's
                continue

    def _restore(self, top: str, edit: Edit) -> None:
        path = os.path.join(top, edit.path)
        if edit.data is None and edit.old_data is not None:
            if not os.path.lexists(path):
                replace_file(self._worktree.git_dir, self._make_folders(top, edit.path), edit.old_data)
        elif holds(path, edit.data):
            if edit.old_data is None:
                os.unlink(path)
            else:
                replace_file(self._worktree.git_dir, path, edit.old_data)

    def _write(self, top: str, edit: Edit, data: bytes) -> None:
        is_new = edit.old_blob is None or edit.path in self._absent
        path = self._make_folders(top, edit.path) if is_new else os.path.join(top, *edit.path.split("/"))
        # What is there now is the user's, unless it is what the current commit has.
        if not os.path.lexists(path) if is_new else holds(path, edit.old_data):
            replace_file(self._worktree.git_dir, path, data)
            self._written.append(edit)

    def _delete(self, top: str, edit: Edit) -> None:
        """Delete a file that the user left as it was, and the folders that are empty then, as git does."""
        path = os.path.join(top, *edit.path.split("/"))
        if edit.path in self._kept or not is_below(top, edit.path) or not holds(path, edit.old_data):
            return
        os.unlink(path)
        self._written.append(edit)
        for depth in range(edit.path.count("/"), 0, -1):
            try:
                os.rmdir(os.path.join(top, *edit.path.split("/")[:depth]))
            except OSError:  # something else is in it
                break

    def _make_folders(self, top: str, path: str) -> str:
        """Make the folders of `path` below `top`, following no link, and return the full path."""
        *folders, name = path.split("/")
        current = top
        for folder in folders:
            current = os.path.join(current, folder)
            if os.path.islink(current) or (os.path.lexists(current) and not os.path.isdir(current)):
                raise StoreError(
                    f"{current} is a symbolic link or a file, a folder is needed", remedy="Move it out of the way"
                )
            if not os.path.isdir(current):
                os.mkdir(current)
                self._folders.append(current)
        return os.path.join(current, name)

    def _staged_edits(self) -> tuple[frozenset[str], frozenset[str]]:
        """Return the paths that have something else staged, and those that a sparse checkout leaves out."""
        before = {edit.path: (edit.old_mode, edit.old_blob, "0") for edit in self._edits if edit.old_blob is not None}
        paths = tuple(before)
        same, absent = set(), set()
        for start in range(0, len(paths), _STAGED_AT_ONCE):
            for line in self._listed(paths[start : start + _STAGED_AT_ONCE]):
                facts, path = line.split("\t", 1)
                tag, mode, blob, stage = facts.split(" ")
                if (mode, blob, stage) == before.get(path):
                    same.add(path)
                    if tag == "S" and not os.path.lexists(os.path.join(self._worktree.path or "", path)):
                        absent.add(path)
        return frozenset(before.keys() - same), frozenset(absent)

    def _listed(self, paths: tuple[str, ...]) -> list[str]:
        folder = self._worktree
        listed = run(
            ["--literal-pathspecs", "ls-files", "-t", "-s", "-z", "--", *paths],
            cwd=folder.path,
            git_dir=folder.git_dir,
            work_tree=folder.path,
        )
        return os.fsdecode(listed).split("\0")[:-1]

    def _update_index(self, lines: list[str]) -> None:
        """Change index entries under git's own lock."""
        if not lines:
            return
        for number in range(ATTEMPTS):
            done = attempt(
                ["update-index", "-z", "--index-info"],
                cwd=self._worktree.path,
                git_dir=self._worktree.git_dir,
                work_tree=self._worktree.path,
                stdin=os.fsencode("".join(f"{line}\0" for line in lines)),
                config=self._repo.without_programs(),
                write=True,
            )
            if done.returncode == 0:
                return
            lock = done.lock()
            if lock is None:
                raise done.error()
            if number == ATTEMPTS - 1:
                raise StoreError(
                    f"{lock} is held by another git process",
                    remedy="Let it finish; delete the file if no git is running",
                )
            pause(number)


def _index_line(mode: str | None, blob: str | None, edit: Edit) -> str:
    """Return the line that gives a path this entry in the index, or takes it out."""
    if mode is None or blob is None:
        return f"0 {'0' * len(edit.blob or edit.old_blob or '')}\t{edit.path}"
    return f"{mode} {blob}\t{edit.path}"
