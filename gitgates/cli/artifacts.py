"""Hashing what the user names with `--artifact`, with a progress bar for a person who waits."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gitgates.artifacts.digest import Digest, digest, total_size
from gitgates.artifacts.pointers import DVC_SUFFIX
from gitgates.decision.conditions import GivenArtifact
from gitgates.errors import InputFileError
from gitgates.model.provenance import Artifact

if TYPE_CHECKING:
    from gitgates.artifacts.cache import DigestCache
    from gitgates.cli.output import Output

_WORTH_A_BAR = 64 * 1024 * 1024
"""Bytes that take longer than a blink to hash."""


def checked_artifacts(paths: Sequence[str], output: "Output") -> tuple[Artifact, ...]:
    """Return what a report says of the files and folders that it is about, in the order given.

    Digests of large files that have not changed since are taken from this clone's cache; those of files that are not
    here from their git-lfs pointers. A note and the path in the record say what was read from a pointer.

    Raises:
        InputFileError: one cannot be read, or stands for a file that is not here and whose SHA-256 nobody tells.
    """
    named = [_file_of(path, output) for path in paths]
    total = sum(total_size(path) for path in named)
    cache = _cache(total)
    artifacts = []
    for path, found in _digests(named, total, cache, follow_pointers=True):
        if found.pointers:
            output.note(f"note: {path}: {_read_from(found)}; the bytes themselves were not read")
        told = f"{path} ({_read_from(found)})" if found.pointers else path
        artifacts.append(Artifact(told, found.type, found.sha256, found.size))
    if cache is not None:
        cache.save()
    return tuple(artifacts)


def given_artifacts(paths: Sequence[str]) -> tuple[GivenArtifact, ...]:
    """Return the digests of what somebody wants to deploy: of every byte, read now.

    Raises:
        InputFileError: one cannot be read, or only stands for a file.
    """
    for path in paths:
        if _is_dvc(path):
            raise InputFileError(path, "is a DVC file, not what is deployed", remedy="Give the file that it is about")
    total = sum(total_size(path) for path in paths)
    return tuple(GivenArtifact(path, found.type, found.sha256) for path, found in _digests(paths, total))


def _digests(
    paths: Sequence[str], total: int, cache: "DigestCache | None" = None, *, follow_pointers: bool = False
) -> Iterator[tuple[str, Digest]]:
    with _progress(total) as advance:
        for path in paths:
            yield path, digest(path, advance, cache, follow_pointers=follow_pointers)


def _read_from(found: Digest) -> str:
    many = f"{found.pointers} of the digests" if found.type == "folder" else "digest"
    return f"{many} read from git-lfs pointer{'s' if found.pointers > 1 else ''}"


def _is_dvc(path: str) -> bool:
    return path.endswith(DVC_SUFFIX) and os.path.isfile(path)


def _file_of(path: str, output: "Output") -> str:
    """Return the file that a `.dvc` file is about, if it is the one that DVC knows; any other path as it is."""
    if not _is_dvc(path):
        return path
    from gitgates.artifacts.pointers import md5_of, tracked_by

    tracked = tracked_by(path)
    remedy = f"Bring it (dvc pull {path}), or give the file itself"
    if not os.path.lexists(tracked.path):
        told = f"names {tracked.path} by its MD5 alone, and that file is not here"
        raise InputFileError(path, told, remedy=f"Bring it: dvc pull {path}")
    if md5_of(tracked.path) != tracked.md5:
        raise InputFileError(tracked.path, f"is not the file that {path} is about: another MD5", remedy=remedy)
    output.note(f"note: {path}: DVC tells no SHA-256; it was taken of {tracked.path}, which has the MD5 that DVC tells")
    return tracked.path


def _cache(total: int) -> "DigestCache | None":
    """Return this clone's cache of digests; None where there is no repository, or nothing large to hash."""
    from gitgates.artifacts.cache import WORTH_KEEPING, DigestCache

    if total < WORTH_KEEPING:
        return None
    from gitgates.errors import StoreError
    from gitgates.store.repository import Repository

    try:
        return DigestCache.open(Repository.open().common_dir)
    except StoreError:  # `check --no-record` needs no repository
        return None


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    if total < _WORTH_A_BAR or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("hashing"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("hashing", total=total)
        yield lambda count: progress.advance(task, count)
