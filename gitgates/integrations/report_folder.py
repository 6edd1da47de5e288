"""Folders that reports for other tools are written into."""

import contextlib
import os
from collections.abc import Iterator

from gitgates.artifacts.files import NO_FOLLOW
from gitgates.errors import StoreError
from gitgates.model.frozen import frozen


@frozen
class ReportFolder:
    """A folder, made with the first file.

    Attributes:
        ours: the folders that gitgates chose, where the caller named none. git is to ignore the last of them, so that
            the worktree is as it was, and none may be a link: the repository would choose where files go.
    """

    path: str
    ours: tuple[str, ...] = ()

    def put(self, name: str, text: str) -> str:
        """Write a file, whole or not at all, in place of one that is there, and return its path.

        Raises:
            StoreError: it cannot be written, or it may not be.
        """
        path = self._file(name)
        beside = f"{path}.{os.getpid()}"
        with _told(path):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(beside)  # of a process that was killed, or a link that somebody put there
            _make(beside, text)
            os.replace(beside, path)
        return path

    def append(self, name: str, line: str) -> None:
        """Add to a file that is no link; StoreError as `put`."""
        path = self._file(name)
        with _told(path):
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | NO_FOLLOW, 0o666)
            with open(descriptor, "a", encoding="utf-8", newline="\n") as file:
                file.write(line)

    def _file(self, name: str) -> str:
        """Make the folder, and return the path of a file in it."""
        path = os.path.join(self.path, name)
        if link := next(filter(os.path.islink, self.ours), None):
            text = f"{link}: it is a link, and what it names is no place for reports"
            raise StoreError(text, remedy="Remove it from the repository")
        with _told(path):
            os.makedirs(self.path, exist_ok=True)
            if self.ours:
                with contextlib.suppress(FileExistsError):
                    _make(os.path.join(self.ours[-1], ".gitignore"), "*\n")
        return path


@contextlib.contextmanager
def _told(path: str) -> Iterator[None]:
    """Turn what the file system says into an error that names the file and the remedy."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}", remedy="Choose a folder that can be written") from None


def _make(path: str, text: str) -> None:
    with open(path, "x", encoding="utf-8", newline="\n") as file:  # which follows no link
        file.write(text)
