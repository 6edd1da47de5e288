"""`pre-receive`: a server takes only pushes that keep every record of the ledger and bring only what has a say.

git runs the hook once for a push, in a quarantine: what was pushed can be read and is thrown away if the hook refuses.
The hook writes nothing, neither objects nor refs nor settings. What it says on standard error reaches the pusher.
"""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import IO

from gitgates.errors import UsageError
from gitgates.integrations.hooks import Teller
from gitgates.ledger.receiving.changes import parse_changes
from gitgates.ledger.receiving.push import judge_push

_MOST_LINES = 100
"""Reasons that are shown; a push with garbage may have as many as files."""


def run(args: Sequence[str], output: Teller, stdin: IO[bytes]) -> int:
    """Judge the push whose refs stand on `stdin`: 0 taken, 1 refused, 3 cannot decide, so refused too.

    Raises:
        UsageError: git did not call this hook, or `gitgates.root` is no root.
    """
    if args:
        raise UsageError("pre-receive takes no arguments", remedy="Let git run this hook: it is for `git push`")
    changes = parse_changes(os.fsdecode(stdin.read()))
    verdict = judge_push(None, changes, datetime.now(UTC))
    for refusal in verdict.refusals[:_MOST_LINES]:
        output.note(f"gitgates: {refusal}")
    if len(verdict.refusals) > _MOST_LINES:
        output.note(f"gitgates: and {len(verdict.refusals) - _MOST_LINES} more reasons")
    if not verdict.refusals:
        for note in verdict.notes:
            output.note(f"gitgates: {note}")
        return 0
    output.note("gitgates: nothing of this push was taken")
    return 3 if all(refusal.is_undecided for refusal in verdict.refusals) else 1
