"""Which root a reader trusts (rule 7 of DESIGN section 4)."""

import re
from collections.abc import Mapping

from gitgates.errors import UsageError
from gitgates.model.frozen import frozen
from gitgates.store.repository import Repository

CONFIG_KEY = "gitgates.root"
VARIABLE = "GITGATES_ROOT"

_PIN = re.compile(r"([0-9a-f]{64})(?:@([0-9a-f]{64}))?")


@frozen
class Pin:
    """A trusted root.

    Attributes:
        adopted: the policy that the reader adopts where there is a fork, None for no choice.
        origin: where the pin came from, for people.
    """

    root: str
    adopted: str | None
    origin: str


def find_pin(repository: Repository, given: str | None, environ: Mapping[str, str]) -> Pin | None:
    """Return the pin from `--root`, `GITGATES_ROOT` or git's `gitgates.root`, in this order; None where there is none.

    Raises:
        UsageError: the first of these that is set does not hold a pin.
    """
    sources = (
        ("--root", given),
        (VARIABLE, environ.get(VARIABLE)),
        (f"git config {CONFIG_KEY}", repository.config.get(CONFIG_KEY)),
    )
    for origin, text in sources:
        if text:
            match = _PIN.fullmatch(text.strip())
            if match is None:
                raise UsageError(
                    f"{origin}: {text!r} is not a root", remedy="A root is 64 hexadecimal digits, or ROOT@POLICY"
                )
            return Pin(match[1], match[2], origin)
    return None
