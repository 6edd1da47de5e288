"""Hashing what the user names with `--artifact`, with a progress bar for a person who waits."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from gitgates.artifacts.digest import digest, total_size
from gitgates.decision.conditions import GivenArtifact
from gitgates.model.provenance import Artifact

_WORTH_A_BAR = 64 * 1024 * 1024
"""Bytes that take longer than a blink to hash."""


def digest_artifacts(paths: Sequence[str]) -> tuple[Artifact, ...]:
    """Return the digests of files and folders, in the order given.

    Raises:
        InputFileError: one cannot be read.
    """
    if not paths:
        return ()
    total = sum(total_size(path) for path in paths)
    artifacts = []
    with _progress(total) as advance:
        for path in paths:
            found = digest(path, advance)
            artifacts.append(Artifact(path, found.type, found.sha256, found.size))
    return tuple(artifacts)


def given_artifacts(paths: Sequence[str]) -> tuple[GivenArtifact, ...]:
    """Return the digests of what somebody wants to deploy."""
    return tuple(GivenArtifact(artifact.path, artifact.type, artifact.sha256) for artifact in digest_artifacts(paths))


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
