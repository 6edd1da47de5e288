"""Where the files of a bundle go: a folder, or an archive that is the same bytes each time. All of it, or nothing."""

import gzip
import hashlib
import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, Protocol

from gitgates.errors import StoreError, UsageError
from gitgates.model.frozen import frozen

TOP = "gitgates-audit"
"""The folder in an archive."""
SUMS = "SHA256SUMS"
_SUFFIXES = (".tar.gz", ".tgz")
_CHUNK = 1 << 20


class _Place(Protocol):
    """Takes files."""

    def add(self, path: str, file: BinaryIO) -> None: ...


class Sink:
    """Takes the files of a bundle, and their digests for the last one."""

    def __init__(self, place: _Place, sums: BinaryIO) -> None:
        self._place = place
        self._sums = sums

    def add(self, path: str, data: bytes) -> None:
        """Add a file with these bytes."""
        self._add(path, io.BytesIO(data), hashlib.sha256(data).hexdigest())

    def add_file(self, path: str, source: str) -> None:
        """Add a copy of the file `source`, which may be large."""
        with open(source, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            self._add(path, file, digest)

    def finish(self) -> None:
        """Add the digests of all files."""
        self._sums.seek(0)
        self._place.add(SUMS, self._sums)

    def _add(self, path: str, file: BinaryIO, digest: str) -> None:
        self._sums.write(f"{digest}  {path}\n".encode("ascii"))
        self._place.add(path, file)


@frozen
class _Folder:
    """A folder on disk."""

    top: str

    def add(self, path: str, file: BinaryIO) -> None:
        full = os.path.join(self.top, *path.split("/"))
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "xb") as copy:
            shutil.copyfileobj(file, copy, _CHUNK)


@frozen
class _Archive:
    """An archive; its entries tell nothing of when and by whom they were made."""

    tar: tarfile.TarFile

    def add(self, path: str, file: BinaryIO) -> None:
        entry = tarfile.TarInfo(f"{TOP}/{path}")
        entry.size, entry.mode = file.seek(0, os.SEEK_END), 0o644
        file.seek(0)
        self.tar.addfile(entry, file)
        self.tar.getmembers().clear()  # else it remembers every file


def is_archive(path: str) -> bool:
    """Tell whether the name asks for an archive."""
    return path.endswith(_SUFFIXES)


@contextmanager
def opened(path: str) -> Iterator[Sink]:
    """Give a sink for a bundle; it is at `path` once all is written, and before that nothing is.

    Raises:
        UsageError: a folder is asked for, and there is something else, or a folder with something in it.
        StoreError: it cannot be written.
    """
    if not is_archive(path) and os.path.lexists(path) and not (os.path.isdir(path) and not os.listdir(path)):
        raise UsageError(f"-o: {path}: is there already", remedy="Name a new folder, or a file ending in .tar.gz")
    place = os.path.realpath(path)
    scratch = os.path.join(os.path.dirname(place), f".gitgates-{os.getpid()}-{os.urandom(4).hex()}.tmp")
    try:
        with tempfile.TemporaryFile() as sums:
            if is_archive(path):
                with open(scratch, "xb") as raw:
                    with (
                        gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed,
                        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
                    ):
                        yield from _filled(Sink(_Archive(tar), sums))
                    raw.flush()
                    os.fsync(raw.fileno())
            else:
                os.mkdir(scratch)
                yield from _filled(Sink(_Folder(scratch), sums))
                with suppress(FileNotFoundError):
                    os.rmdir(place)
        os.replace(scratch, place)
    except OSError as error:
        raise StoreError(f"-o: {path}: cannot be written: {error.strerror}", remedy="Nothing was written") from None
    finally:
        if os.path.isdir(scratch):
            shutil.rmtree(scratch, ignore_errors=True)
        elif os.path.lexists(scratch):
            os.unlink(scratch)


def _filled(sink: Sink) -> Iterator[Sink]:
    yield sink
    sink.finish()
