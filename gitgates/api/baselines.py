"""What `--baseline` means: a file, or a version that the ledger knows."""

import os

from gitgates.errors import InvalidValue, UsageError
from gitgates.model.baselines import APPROVED, LIVE, Asked
from gitgates.model.names import ModelVersion


def parse_baseline(text: str | None, target: str | None) -> tuple[str | None, Asked | None]:
    """Return the file that `text` names, or what it asks the ledger for.

    `live`, `approved` and NAME:VERSION never mean a file, whatever lies in the folder: a file that somebody adds may
    not change what a command compares with. `./live` and the like name a file.

    Args:
        target: where what is live is meant.

    Raises:
        UsageError: a target is named, and not what is live there.
    """
    if target is not None and text != LIVE:
        raise UsageError("--target is given without --baseline live", remedy="It tells where what is live is meant")
    if text in (LIVE, APPROVED):
        return None, Asked(text, target)
    if text is not None and not _is_path(text):
        try:
            return None, Asked(ModelVersion.parse(text))
        except InvalidValue:  # reading it as a file tells what is wrong
            pass
    return text, None


def _is_path(text: str) -> bool:
    return ":" not in text or text.startswith(".") or os.path.isabs(text)
