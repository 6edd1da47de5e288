"""Fetches that would write the refs in which this clone keeps what it knows, as those of a mirror do."""

from collections.abc import Iterator

from gitgates.decision.knowledge import Obstacle
from gitgates.store.config import Config

_OWN = "refs/gitgates"
"""Above every ref that is this clone's own: what it verified, fetched and refused."""
_LEFT_OUT = f"^{_OWN}/*"


def overwriting_fetches(config: Config) -> Iterator[Obstacle]:
    """Yield an obstacle for each setting by which a plain `git fetch` writes or prunes refs below `_OWN`."""
    for remote in config.subsections("remote"):
        key = f"remote.{remote}.fetch"
        specs = [entry.value for entry in config.entries if entry.key == key]
        for spec in dict.fromkeys(specs):
            theirs, _, ours = spec.removeprefix("+").partition(":")
            is_mirror = theirs == ours and "*" in ours  # git leaves out by the remote's names, which are then ours too
            if not _writes_own(ours) or (is_mirror and _LEFT_OUT in specs):
                continue
            text = f"incomplete: a fetch from {remote} takes {spec}, which overwrites what this clone knows: {_OWN}"
            command = f"--add {key} '{_LEFT_OUT}'" if is_mirror else f"--fixed-value --unset-all {key} '{spec}'"
            yield Obstacle("incomplete", text, f"Run `git config {command}`")


def _writes_own(ours: str) -> bool:
    """Tell whether a refspec with the right side `ours` writes below `_OWN`; what follows its `*` only narrows that."""
    before, star, _ = ours.partition("*")
    own = f"{_OWN}/"
    return before.startswith(own) or (bool(star) and own.startswith(before))
