"""`git fast-import`: commits by the thousand in one process."""

import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType

from gitgates.store.repository import Identity, Repository

_EPOCH = datetime.fromtimestamp(0, UTC)


class FastImport:
    """A running `git fast-import`; what it wrote is there when the context ends."""

    def __init__(self, repository: Repository, identity: Identity) -> None:
        """Start it.

        Args:
            identity: committer of all commits.
        """
        command = ["git", f"--git-dir={repository.git_dir}", "fast-import", "--quiet", "--done"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE)
        self._who = f"{identity.name} <{identity.email}>"
        self._begun: set[str] = set()

    def __enter__(self) -> "FastImport":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Without the last word `done`, git takes what came as cut off and moves no ref.
        self._process.communicate(b"done\n" if kind is None else b"")
        if kind is None and self._process.returncode:
            raise subprocess.CalledProcessError(self._process.returncode, self._process.args)

    def commit(
        self, ref: str, message: str, files: Mapping[str, bytes], *, parent: str | None = None, at: datetime = _EPOCH
    ) -> None:
        """Add a commit to `ref`.

        Args:
            files: bytes by path, beside those that the branch has.
            parent: the commit that the first one of this branch follows, None for none.
        """
        parts = [
            f"commit {ref}\ncommitter {self._who} {int(at.timestamp())} +0000\n".encode(),
            _data(message.encode()),
        ]
        if ref not in self._begun and parent is not None:
            parts.append(f"from {parent}\n".encode())
        self._begun.add(ref)
        for path, content in files.items():
            parts += [f"M 100644 inline {path}\n".encode(), _data(content)]
        if self._process.stdin is None:
            raise AssertionError("unreachable: it was asked for as a pipe")
        self._process.stdin.write(b"".join(parts))


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)
