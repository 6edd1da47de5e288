"""Sending, in a process of its own that is killed at the deadline.

A thread would not do: one that hangs in a name look-up or in a service's library keeps its process from ending.
"""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from gitgates.integrations.notify.channels import Channel
from gitgates.integrations.notify.events import Message
from gitgates.model.frozen import frozen

DEADLINE = 5.0
"""Seconds that all of a command's notifications together may take."""
_FOR_START = 0.5
"""Seconds of these that are left for the process to tell what came of it."""

# The folder of this very package comes last on the path, and the current folder, which may be anybody's, is not on it.
_PROGRAM = "import sys; sys.path.append(sys.argv[1]); from gitgates.integrations.notify.worker import main; main()"
_ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 3))


@frozen
class Outcome:
    """What came of telling one name of one event.

    Attributes:
        problem: why it was not told, "" where it was; holds nothing of the URL.
    """

    name: str
    event: str
    problem: str = ""

    @property
    def sent(self) -> bool:
        """Whether the service took it."""
        return not self.problem


def send(jobs: Sequence[tuple[Channel, Message]], deadline: float = DEADLINE) -> tuple[Outcome, ...]:
    """Send each message to its channel, all at once, and return what came of each; takes `deadline` seconds at most.

    URLs and secrets go through a pipe: arguments and environments of processes can be read by others.
    """
    work = {"seconds": max(deadline - _FOR_START, deadline / 2), "jobs": [_job(*job) for job in jobs]}
    answers = _answers(json.dumps(work).encode(), deadline)
    late = f"no answer within {deadline:g} s"
    return tuple(
        Outcome(channel.name, message.event, answers.get(number, late))
        for number, (channel, message) in enumerate(jobs)
    )


def _job(channel: Channel, message: Message) -> dict[str, Any]:
    envelope = {
        "schema": "gitgates/notification/1",
        "id": str(uuid.uuid4()),
        "sent": datetime.now(UTC).isoformat(timespec="seconds"),
        **message.value(),
    }
    return {
        "url": channel.url,
        "secret": channel.secret,
        "unknown": channel.secret_wanted,
        "level": message.level,
        "title": message.heading if message.facts else "gitgates",
        "body": message.body,
        "envelope": envelope,
    }


def _answers(work: bytes, deadline: float) -> dict[int, str]:
    """Return by number why each job failed, "" where it did not; a job that did not end is left out."""
    command = [sys.executable, "-P", "-c", _PROGRAM, _ROOT]
    try:
        printed = subprocess.run(
            command,
            input=work,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what libraries complain of may hold a URL
            env={name: value for name, value in os.environ.items() if not name.startswith("GITGATES_")},
            timeout=deadline,
            check=False,
        ).stdout
    except subprocess.TimeoutExpired as expired:
        printed = expired.stdout or b""
    return dict(map(json.loads, printed.split(b"\n")[:-1]))  # the last line is empty, or was cut off
