"""The process that sends: reads jobs from standard input, and prints `[number, problem]` for each as it ends.

Problems come from the few sentences below and the status codes of services, never from what a library says: that may
hold parts of a URL.
"""

import json
import os
import re
import sys
import threading
import time
from typing import Any

from gitgates.integrations.notify.webhook import UNREACHABLE, post

NOT_INSTALLED = "Apprise is not installed; run pip install 'gitgates[notify]'"
UNKNOWN = "Apprise knows no service with such a URL"
REFUSED = "the service did not take it; see whether the URL is complete"
_STDOUT = 1
_TYPES = {"info": "info", "success": "success", "warning": "warning", "error": "failure"}
_STATUS = re.compile(r"error[= ]+(\d{3})\b")


def main() -> None:
    """Do all jobs at once, each in a thread that does not outlive this one."""
    work = json.loads(sys.stdin.buffer.read())
    sys.stdout = sys.stderr  # what a library prints is no answer
    end = time.monotonic() + work["seconds"]
    # The sockets wait longer than we do: a service that hangs is told of in one way, that of who waits for us.
    threads = [
        threading.Thread(target=_do, args=(number, job, 2 * work["seconds"]), daemon=True)
        for number, job in enumerate(work["jobs"])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))


def _do(number: int, job: dict[str, Any], seconds: float) -> None:
    try:
        problem = deliver(job, seconds)
    except Exception:  # noqa: BLE001 -- whatever a service's code raises, the others are told all the same
        problem = REFUSED
    os.write(_STDOUT, f"{json.dumps([number, problem])}\n".encode())  # in one piece, whatever other threads write


def deliver(job: dict[str, Any], seconds: float) -> str:
    """Send one job, and return why that failed, "" where it did not."""
    try:
        if job["secret"] is not None:
            body = json.dumps(job["envelope"], ensure_ascii=False, separators=(",", ":"), sort_keys=True)
            return post(job["url"], job["secret"], body.encode(), seconds)
        return _by_apprise(job, seconds)
    except ModuleNotFoundError as error:
        if error.name not in ("apprise", "requests"):
            raise
        return NOT_INSTALLED


def _by_apprise(job: dict[str, Any], seconds: float) -> str:
    import apprise

    asset = apprise.AppriseAsset(
        app_id="gitgates",
        app_desc="quality gates",
        app_url="",
        image_url_mask="",  # no pictures from a third party's server
        image_url_logo="",
        async_mode=False,
        http_redirects=False,
        interpret_emojis=False,
        secure_logging=True,
        plugin_paths=[],
        storage_mode="memory",  # a token that a service hands out stays off the disk
    )
    service = apprise.Apprise(asset=asset)
    if not service.add(job["url"]):
        return f"{UNKNOWN}; {job['unknown']}" if job["unknown"] else UNKNOWN
    for one in service:  # not its own 4 seconds
        one.socket_connect_timeout = one.socket_read_timeout = seconds
    told = service.notify(title=job["title"], body=job["body"], notify_type=_TYPES[job["level"]], body_format="text")
    return "" if told else _problem("\n".join(entry.message for entry in told.logs()))


def _problem(logged: str) -> str:
    """Return one sentence that holds nothing but a status code of what Apprise logged."""
    if status := _STATUS.search(logged):
        return f"the service answered {status[1]}"
    return UNREACHABLE if "onnection error" in logged else REFUSED
