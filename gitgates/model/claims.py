"""What a CI system says of the run that made a report: unverified, shown as such, and never a reason for anything."""

import re
from collections.abc import Iterable

from attrs import field

from gitgates.errors import InvalidValue
from gitgates.model import fields
from gitgates.model.frozen import frozen

CLAIMS = ("actor", "commit", "pull_request", "ref", "run_url", "system")
MAX_CLAIM = 512
"""Characters of a claim: it stands in a record."""

_URL = re.compile(r"https?://[^\s@]+")
"""No user and password: a record is for everybody to read."""


@frozen
class Claim:
    """One thing that the CI system's variables say.

    Attributes:
        name: `actor` (who started the run), `commit`, `pull_request` (its number), `ref`, `run_url` or `system`.
    """

    name: str = field(validator=fields.one_of(*CLAIMS))
    value: str = field(validator=fields.text)

    def __attrs_post_init__(self) -> None:
        """Refuse what is empty, too long, not printable, or no address of a run."""
        if not self.value.strip() or len(self.value) > MAX_CLAIM:
            raise InvalidValue(f"must be text of 1 to {MAX_CLAIM} characters, not only blanks", field="value")
        if not self.value.isprintable():
            raise InvalidValue("must be printable characters", field="value")
        if self.name == "run_url" and _URL.fullmatch(self.value) is None:
            raise InvalidValue("must be an http or https URL without a user", field="value")


def told(claims: Iterable[Claim] | None) -> str:
    """Return claims in words, marked for what they are; "" where there are none."""
    listed = ", ".join(f"{claim.name.replace('_', ' ')} {claim.value}" for claim in claims or ())
    return f"unverified: {listed}" if listed else ""
