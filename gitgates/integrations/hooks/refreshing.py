"""The post-merge and post-rewrite hooks: they bring the index up to date with what a merge or a rebase brought.

They can fail without harm, and say so.
"""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import BinaryIO

from gitgates.errors import GitgatesError, NoLedger
from gitgates.integrations.hooks import Teller
from gitgates.ledger.index_state import index_state
from gitgates.ledger.reading import Ledger


def run(args: Sequence[str], output: Teller, stdin: BinaryIO) -> int:
    """Rebuild the index where it lacks records or names others; 0 always, since git is done.

    Args:
        args: what kind of merge or rewriting it was; makes no difference.
        stdin: which commits became which; makes none either.
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
