"""Many models over several processes: each gets whole models, and gives back findings only."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from gitgates.ledger.continuity import Removals
from gitgates.ledger.locate import Location
from gitgates.ledger.pin import Pin
from gitgates.ledger.policies import Policies
from gitgates.ledger.reading import Ledger
from gitgates.ledger.verification.model import ModelResult, check_model
from gitgates.model.frozen import frozen
from gitgates.store.objects import ObjectReader
from gitgates.store.repository import Repository

Progress = Callable[[int, int], None]
"""Told how many model versions are done, of how many."""

_SHARES = 8
"""Shares of the work for each process: enough to end together, few enough that opening the ledger costs nothing."""


@frozen
class Work:
    """A model and how many versions it has."""

    model: str
    versions: int


@frozen
class Share:
    """What one process does at a time: the ledger as the caller opened it, and some of its models."""

    repository: Repository
    location: Location
    root: str
    pin: Pin | None
    policies: Policies
    removals: Removals
    now: datetime
    models: tuple[Work, ...]

    @property
    def versions(self) -> int:
        """How many model versions it is."""
        return sum(work.versions for work in self.models)


def run_models(
    ledger: Ledger, now: datetime, works: Sequence[Work], jobs: int, progress: Progress
) -> Iterator[ModelResult]:
    """Yield the result of every model, in no particular order."""
    total = sum(work.versions for work in works)
    if min(jobs, len(works)) <= 1:
        done = 0

        def on_version() -> None:
            nonlocal done
            done += 1
            progress(done, total)

        for work in works:
            yield check_model(ledger, work.model, now, on_version)
        return
    shares = _shares(ledger, now, works, jobs)
    done = 0
    with _processes(min(jobs, len(shares))) as submit:
        for share, results in submit(shares):
            done += share.versions
            progress(done, total)
            yield from results


def run_share(share: Share) -> tuple[ModelResult, ...]:
    """Verify the models of a share; runs in a process of its own."""
    with ObjectReader(share.repository) as reader:
        ledger = Ledger(share.repository, reader, share.location, share.root, share.pin, share.policies, share.removals)
        return tuple(check_model(ledger, work.model, share.now, _nothing) for work in share.models)


def _nothing() -> None:
    """Take no notice of a version."""


def _shares(ledger: Ledger, now: datetime, works: Sequence[Work], jobs: int) -> list[Share]:
    """Deal the models out, the largest first, each to the share that has least."""
    piles: list[list[Work]] = [[] for _ in range(min(len(works), jobs * _SHARES))]
    sizes = [0] * len(piles)
    for work in sorted(works, key=lambda work: (-work.versions, work.model)):
        smallest = sizes.index(min(sizes))
        piles[smallest].append(work)
        sizes[smallest] += work.versions + 1
    given = (ledger.repository, ledger.location, ledger.root, ledger.pin, ledger.policies, ledger.removals, now)
    return [Share(*given, tuple(pile)) for pile in piles]


Submit = Callable[[list[Share]], Iterator[tuple[Share, tuple[ModelResult, ...]]]]


@contextmanager
def _processes(count: int) -> Iterator[Submit]:
    """Start processes anew ("spawn"): a fork would copy the caller's threads' locks, e.g. those of a progress bar."""
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from multiprocessing import get_context

    pool = ProcessPoolExecutor(count, get_context("spawn"), _ignore_interrupts)

    def submit(shares: list[Share]) -> Iterator[tuple[Share, tuple[ModelResult, ...]]]:
        futures = {pool.submit(run_share, share): share for share in shares}
        for future in as_completed(futures):
            yield futures[future], future.result()

    try:
        yield submit
    finally:
        pool.shutdown(cancel_futures=True)


def _ignore_interrupts() -> None:
    """Leave Ctrl-C to the process that started this one: it ends the others in order."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
