"""Bringing new files into a worktree that has the ledger's branch checked out.

A branch that moves under a worktree leaves its new files staged as deletions there, and the user's next commit would
delete the records. So before the branch moves, the files are written and exactly their paths are put into that
worktree's index. Everything else in it, staged or not, stays as the user left it.

Where the branch brings new bytes for a file that exists, the user may have edited it. The file is written only where it
still has the old bytes, and the index changed only where it still has the old blob: an edit stays an edit.
"""

import os
from typing import TYPE_CHECKING

from gitgates.errors import StoreError
from gitgates.model.frozen import frozen
from gitgates.store.process import attempt, run
from gitgates.store.refs import ATTEMPTS, pause

if TYPE_CHECKING:
    from gitgates.store.checkouts import Worktree
    from gitgates.store.repository import Repository


@frozen
class Edit:
    """A file that the next commit adds or replaces.

    Attributes:
        path: from the top folder, with slashes.
        blob: id of the new bytes, `data`.
        old_blob: id of the bytes that it has in the current commit, `old_data`; both None for a new file.
    """

    path: str
    data: bytes
    blob: str
    old_data: bytes | None = None
    old_blob: str | None = None


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
        """Write the files, each complete or not at all.

        Raises:
            StoreError: a folder on the way is a symbolic link or a file, or the file system refuses.
        """
        top = self._worktree.path
        if top is None:
            return
        for edit in self._edits:
            try:
                self._write(top, edit)
            except OSError as error:
                raise StoreError(f"{os.path.join(top, edit.path)} cannot be written: {error.strerror}") from error

    def add_to_index(self) -> None:
        """Put the new paths into the index.

        Raises:
            StoreError: the index stays locked by another git process.
        """
        edits = tuple(edit for edit in self._edits if edit.path not in self._kept)
        self._update_index([f"100644 {edit.blob}\t{edit.path}" for edit in edits])
        self._indexed = edits

    def undo(self) -> None:
        """Take back what this placement did. Files that somebody changed meanwhile stay."""
        none = "0" * len(self._edits[0].blob) if self._edits else ""
        self._update_index(
            [
                f"0 {none}\t{edit.path}" if edit.old_blob is None else f"100644 {edit.old_blob}\t{edit.path}"
                for edit in self._indexed
            ]
        )
        self._indexed = ()
        for edit in self._written:
            self._restore(os.path.join(self._worktree.path or "", edit.path), edit)
        for folder in reversed(self._folders):
            try:
                os.rmdir(folder)
            except OSError:  # no longer empty: somebody else's
                continue

    def _restore(self, path: str, edit: Edit) -> None:
        if not _is_plain(path) or _read(path) != edit.data:
            return
        if edit.old_data is None:
            os.unlink(path)
        else:
            self._replace(path, edit.old_data)

    def _write(self, top: str, edit: Edit) -> None:
        is_new = edit.old_data is None or edit.path in self._absent
        path = self._make_folders(top, edit.path) if is_new else os.path.join(top, *edit.path.split("/"))
        # What is there now is the user's, unless it is what the current commit has.
        if not os.path.lexists(path) if is_new else _is_plain(path) and _read(path) == edit.old_data:
            self._replace(path, edit.data)
            self._written.append(edit)

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

    def _replace(self, path: str, data: bytes) -> None:
        """Write a file by way of another one, so that a crash leaves no half of it.

        The other one lies in the git folder, where a crash leaves nothing for `git add` to find; beside the file only
        where the git folder is on another disk.
        """
        try:
            _write_through(self._worktree.git_dir, path, data)
        except OSError as error:
            if error.errno != _other_disk():
                raise
            _write_through(os.path.dirname(path), path, data)

    def _staged_edits(self) -> tuple[frozenset[str], frozenset[str]]:
        """Return the replaced paths that have something else staged, and those that a sparse checkout leaves out."""
        replaced = {edit.path: edit.old_blob for edit in self._edits if edit.old_blob is not None}
        if not replaced:
            return frozenset(), frozenset()
        folder = self._worktree
        listed = run(
            ["--literal-pathspecs", "ls-files", "-t", "-s", "-z", "--", *replaced],
            cwd=folder.path,
            git_dir=folder.git_dir,
            work_tree=folder.path,
        )
        same, absent = set(), set()
        for line in os.fsdecode(listed).split("\0")[:-1]:
            facts, path = line.split("\t", 1)
            tag, mode, blob, stage = facts.split(" ")
            if (mode, blob, stage) == ("100644", replaced.get(path), "0"):
                same.add(path)
                if tag == "S" and folder.path is not None and not os.path.lexists(os.path.join(folder.path, path)):
                    absent.add(path)
        return frozenset(replaced.keys() - same), frozenset(absent)

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


def _is_plain(path: str) -> bool:
    return os.path.isfile(path) and not os.path.islink(path)


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _write_through(folder: str, path: str, data: bytes) -> None:
    """Write a file in `folder`, wait until the disk has it, and rename it to `path`."""
    scratch = os.path.join(folder, f"gitgates-{os.getpid()}.tmp")
    try:
        with open(scratch, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(scratch, path)
    except BaseException:
        if os.path.lexists(scratch):
            os.unlink(scratch)
        raise


def _other_disk() -> int:
    import errno

    return errno.EXDEV
