"""The post-merge hook: brings the index up to date with what was merged. It can fail without harm, and says so."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import BinaryIO

from gitgates.errors import GitgatesError, NoLedger
from gitgates.integrations.hooks import Teller
from gitgates.ledger.index_state import index_state
from gitgates.ledger.reading import Ledger


def run(args: Sequence[str], output: Teller, stdin: BinaryIO) -> int:
    """Rebuild the index where it lacks records or names others; 0 always, since the merge is done.

    Args:
        args: whether it was a squash merge; makes no difference.
        stdin: nothing that matters.
    """
    try:
        _refresh()
    except NoLedger:
        pass
    except GitgatesError as error:
        output.note(f"gitgates: the index is not refreshed: {error}")
    return 0


def _refresh() -> None:
    with _open() as ledger:
        state = index_state(ledger)
    if state.is_absent or state.stale or state.surplus:
        from gitgates.ledger.reindex import reindex

        reindex(_open, datetime.now(UTC))


def _open() -> Ledger:
    return Ledger.open(environ=os.environ)
