"""Where a remote is: git can be told to push elsewhere than it fetches from (`pushurl`, `pushInsteadOf`)."""

import os
import re
from typing import TYPE_CHECKING

from gitgates.errors import UsageError
from gitgates.store.network import talk

if TYPE_CHECKING:
    from gitgates.store.repository import Repository

_URL = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?:[^/@]*@)?(?P<host>\[[^/\]]*\]|[^/:]*)(?::\d*)?(?P<path>/.*)?", re.IGNORECASE
)
_SCP = re.compile(r"(?:[^/@:]*@)?(?P<host>\[[^/\]]*\]|[^/:]+):(?P<path>.*)")
"""`user@host:path`; a slash before the colon makes it a path on this machine."""


def refuse_other_place(repo: "Repository", remote: str) -> None:
    """Raise UsageError where a push to `remote` would not arrive where `git fetch` looks.

    The same host and path by another protocol, user or port is the same place: fetching over https and pushing over
    ssh is common. A push may go to further places as well.
    """
    fetched, pushed = _urls(repo, remote)[:1], _urls(repo, remote, "--push")
    if fetched and pushed and _place(repo, fetched[0]) not in {_place(repo, url) for url in pushed}:
        raise UsageError(
            f"{remote} is fetched from {_shown(fetched[0])} and pushed to {_shown(pushed[0])}: what is pushed there "
            f"would not be on {remote} for anybody who fetches",
            remedy="Push to where it is fetched from (`git remote -v`, `git remote set-url --push`; "
            "`url.*.pushInsteadOf` may do it too), or add the other place as a remote of its own, and name it with "
            "--remote",
        )


def _urls(repo: "Repository", remote: str, *options: str) -> list[str]:
    done = talk(repo, ["remote", "get-url", "--all", *options, "--", remote], remote, config={})
    return os.fsdecode(done.stdout).splitlines() if done.returncode == 0 else []


def _place(repo: "Repository", url: str) -> tuple[str, str]:
    """Return the host and the path of a URL, "" and the whole path for one on this machine."""
    found = _URL.fullmatch(url)
    if found is None:
        found = None if os.path.isabs(url) else _SCP.fullmatch(url)
    if found is None or (found.groupdict().get("scheme") or "").lower() == "file":
        path = url if found is None else found["path"] or ""
        return "", os.path.realpath(os.path.join(repo.worktree or repo.git_dir, path)).removesuffix(".git")
    return found["host"].lower(), (found["path"] or "").strip("/").removesuffix(".git").rstrip("/")


def _shown(url: str) -> str:
    """Return a URL without the password that may be in it."""
    return re.sub(r"//[^/@]*@", "//", url)
