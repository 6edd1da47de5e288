"""How old the knowledge is that an answer rests on. Repositories without a remote pay nothing for it."""

from datetime import datetime
from typing import TYPE_CHECKING

from gitgates.cli.output import DIM, UNSURE, Output

if TYPE_CHECKING:
    from gitgates.ledger.freshness import Freshness
    from gitgates.ledger.reading import Ledger


def known_freshness(ledger: "Ledger", longest: int | None, now: datetime) -> "Freshness | None":
    """Return how old the knowledge of the ledger's remote is, None where there is no remote.

    Raises:
        CannotDecide: it is older than `longest` seconds.
    """
    if not ledger.repository.config.subsections("remote"):
        return None
    from gitgates.ledger.freshness import freshness, require_fresh

    known = freshness(ledger)
    if longest is not None and known is not None:
        require_fresh(known, longest, now)
    return known


def freshness_value(known: "Freshness | None") -> dict[str, str]:
    """Return it for JSON: the remote, "" without one, and when it was fetched last, "" where nothing tells."""
    if known is None:
        return {"remote": "", "fetched": ""}
    from gitgates.codec.convert import time_text

    return {"remote": known.remote, "fetched": time_text(known.fetched) if known.fetched else ""}


def show_freshness(output: Output, known: "Freshness | None", now: datetime) -> None:
    """Print how long ago the ledger was fetched from its remote; nothing where there is none."""
    if known is None:
        return
    from gitgates.ledger.freshness import age_text

    age = known.age(now)
    if age is None:
        text = f"as of an unknown time: nothing tells when {known.remote} was fetched last"
    else:
        text = f"as of {age_text(age)} ago, when {known.remote} was fetched last"
    if known.refused is not None:
        later = known.refused_age(now)
        when = "since then" if later is None else f"{age_text(later)} ago"
        text += f" and accepted; what `gitgates sync` found there {when} was refused"
    output.line(f"  {text}", DIM if age is not None and known.refused is None else UNSURE)
