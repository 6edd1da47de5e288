"""What a reader is told whose clone has no pin."""

from gitgates.cli.output import Output
from gitgates.ledger.pin import CONFIG_KEY
from gitgates.ledger.reading import Ledger


def tell_unpinned(ledger: Ledger, output: Output) -> None:
    """Say which root the answer rests on, where nobody pinned one."""
    if ledger.pin is None:
        output.note(f"note: this clone pins no root; the only one in the ledger's history is taken: {ledger.root}")
        output.note(f"note: compare it with a colleague's, then pin it: git config {CONFIG_KEY} {ledger.root}")
