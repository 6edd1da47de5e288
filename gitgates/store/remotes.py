"""Remotes: fetching some refs into private ones, and pushing commits, never forced.

Both say what they want in full on the command line: whatever the configuration adds to an ordinary fetch or push (tags,
submodules, pruning, mirroring, refs of its own) stays out.
"""

import os
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gitgates.errors import PushRefused, RefMoved, RemoteUnreachable, StoreError, UsageError
from gitgates.store.network import OnProgress, talk
from gitgates.store.refs import ATTEMPTS, pause

if TYPE_CHECKING:
    from gitgates.store.process import Finished
    from gitgates.store.repository import Repository

_FETCH = (
    "fetch", "--atomic", "--no-tags", "--no-recurse-submodules", "--refmap=", "--no-write-fetch-head", "--no-prune",
    "--no-auto-maintenance", "--no-show-forced-updates",
)  # fmt: skip
# What arrives is kept as one pack, which git locks until the refs point at it: no `git gc` takes objects away before.
# Whether objects are checked on arrival (fetch.fsckObjects) is the user's to say. We need no such check: readers judge
# trees by themselves and leniently, and with it one malformed tree that somebody pushed would stop every `sync`.
_FETCH_CONFIG = {"fetch.unpackLimit": "1", "transfer.unpackLimit": "1"}
_PUSH = (
    "push", "--porcelain", "--atomic", "--no-verify", "--no-follow-tags", "--no-signed", "--recurse-submodules=no",
    "--no-force", "--no-force-with-lease", "--no-prune",
)  # fmt: skip

_NO_SUCH_REF = re.compile(rb"^fatal: couldn't find remote ref (\S+)$", re.IGNORECASE | re.MULTILINE)
_COLLECTED = re.compile(rb"unable to rename temporary|invalid index-pack output|all necessary objects")
"""What git says where a `git gc --prune=now` took away the pack that was just arriving."""
_UNREACHABLE = re.compile(
    r"could not read from remote|does not appear to be a git repository|unable to (access|look up|connect)"
    r"|could not (resolve|connect|read username|read password)|authentication failed|hung up|early eof|rpc failed"
    r"|disconnect|repository .* not found|host key verification|permission denied \("
    r"|unsafe repository|dubious ownership|terminal prompts disabled|could not fetch|invalid credentials"
    r"|the requested url returned error",
    re.IGNORECASE,
)
_ADVICE = ("Please make sure you have", "and the repository exists")
"""One sentence of git's over two lines; the remedy says it better."""
_PROTOCOL = re.compile(r"transport '(.*)' not allowed|unable to find remote helper for '(.*)'")
_ROW = re.compile(r"^!\t[^\t]*:(?P<ref>[^\t:]+)\t\[(?:remote )?(?:rejected|failure)\](?: \((?P<reason>.*)\))?$")
_MOVED = re.compile(
    r"non-fast-forward|fetch first|stale info|cannot lock ref|failed to (update ref|lock)|incorrect old value"
    r"|reference already exists|remote ref updated|couldn't set",
    re.IGNORECASE,
)
"""Somebody else was faster, or is at it. git words it by how far the two had come."""
_SECONDARY = re.compile(r"atomic push fail|atomic transaction failed|transaction failed", re.IGNORECASE)
"""A ref that would have moved, but for another one."""
_REMOTE_PROGRESS = re.compile(r"(Enumerating|Counting|Compressing|Resolving|Checking|Total|Processing)\b.*\d")


def remote_of(repo: "Repository", branch_ref: str) -> str | None:
    """Return the remote that a branch is shared through, or None where the repository has none.

    The branch's own remote comes first, then `origin`, then the only one. Where pushes alone go elsewhere
    (`remote.pushDefault`), it does not follow: the ledger is fetched from where it is pushed to.

    Raises:
        UsageError: there are several and none of them is `origin`.
    """
    config = repo.config
    own = config.get(f"branch.{branch_ref.removeprefix('refs/heads/')}.remote")
    if own and own != ".":
        return own
    known = [name for name in config.subsections("remote") if config.get(f"remote.{name}.url")]
    if "origin" in known:
        return "origin"
    if len(known) > 1:
        raise UsageError(f"there are several remotes: {', '.join(known)}", remedy="Name one with --remote")
    return known[0] if known else None


def fetch(
    repo: "Repository", remote: str, patterns: Sequence[str], into: str, on_progress: OnProgress | None = None
) -> dict[str, str]:
    """Fetch the remote's refs that match `patterns` into private refs, and return their ids by the remote's names.

    `refs/heads/main` arrives as `<into>heads/main`. No other ref of this repository changes.

    Args:
        remote: a name or a URL.
        patterns: full names of refs, or ending in `/*`. One that matches nothing is no error.
        into: prefix of the private refs, fresh and this caller's alone.
        on_progress: told how far it is, in words.

    Raises:
        RemoteUnreachable: the remote cannot be reached.
        StoreError: the repository's own configuration names a program to run, or git refuses.
    """
    into = into.rstrip("/") + "/"
    wanted = list(dict.fromkeys(patterns))
    options = [*_FETCH, *(["--no-filter"] if repo.is_partial else []), "--progress"]
    races = 0
    while wanted:
        # A branch that is there costs one connection. One that is not makes git say so, and then another.
        refspecs = [f"{pattern}:{into}{pattern.removeprefix('refs/')}" for pattern in wanted]
        done = talk(repo, [*options, "--", remote, *refspecs], remote, config=_FETCH_CONFIG, on_progress=on_progress)
        if done.returncode == 0:
            break
        absent = _NO_SUCH_REF.search(done.stderr)
        name = os.fsdecode(absent.group(1)) if absent else None
        if name in wanted:
            wanted.remove(name)
        elif _COLLECTED.search(done.stderr) and races < ATTEMPTS:
            pause(races)
            races += 1
        else:
            raise _failure(done, remote)
    return {f"refs/{ref[len(into) :]}": name for ref, name in repo.refs(into).items()}


def advertised(repo: "Repository", remote: str, patterns: Sequence[str]) -> dict[str, str]:
    """Return the ids of the remote's refs that match `patterns`, by name; nothing is fetched.

    Args:
        patterns: as for `fetch`.

    Raises:
        RemoteUnreachable: the remote cannot be reached.
        StoreError: the repository's own configuration names a program to run, or git refuses.
    """
    done = talk(repo, ["ls-remote", "--quiet", "--refs", "--", remote, *patterns], remote, config={})
    if done.returncode:
        raise _failure(done, remote)
    rows = (line.partition("\t") for line in os.fsdecode(done.stdout).splitlines())
    # git matches the ends of names: `x/refs/heads/main` would be another one.
    starts = tuple(pattern.removesuffix("*") for pattern in patterns)
    return {ref: commit for commit, _, ref in rows if ref.startswith(starts)}


def push(repo: "Repository", remote: str, updates: Mapping[str, str], on_progress: OnProgress | None = None) -> None:
    """Move refs of the remote to commits of this repository: all or none, and only forwards.

    Args:
        updates: the commits by the full names of the remote's refs.

    Raises:
        RefMoved: somebody else moved one of them meanwhile, or is about to.
        PushRefused: the remote's hooks or settings say no.
        RemoteUnreachable: the remote cannot be reached.
        StoreError: the repository's own configuration names a program to run, or git refuses.
    """
    if not updates:
        return
    # A mirror would force, and delete what it was not told of.
    config = {f"remote.{remote}.mirror": "false"} if remote in repo.config.subsections("remote") else {}
    refspecs = [f"{commit}:{ref}" for ref, commit in updates.items()]
    args = [*_PUSH, "--progress", "--", remote, *refspecs]
    done = talk(repo, args, remote, config=config, on_progress=on_progress)
    if done.returncode:
        raise _rejection(done, remote) or _failure(done, remote)


def _rejection(done: "Finished", remote: str) -> StoreError | None:
    """Return the error for refs that were not moved, or None where it did not come to that."""
    rows = [_ROW.match(line) for line in os.fsdecode(done.stdout).splitlines()]
    reasons = [(row["ref"], row["reason"] or "no reason given") for row in rows if row]
    told = _told_by_remote(done.stderr)
    if not reasons:
        if b"does not support --atomic" not in done.stderr:
            return None
        return PushRefused(
            f"{remote} cannot move several refs at once (atomic pushes), so nothing was pushed", (), told,
            remedy="Ask its administrator for a git server that can",
        )  # fmt: skip
    primary = [(ref, reason) for ref, reason in reasons if not _SECONDARY.search(reason)]
    if not primary or any(_MOVED.search(reason) for _, reason in primary):
        names = ", ".join(ref for ref, _ in primary or reasons)
        return RefMoved(f"{names} moved on {remote} meanwhile, or somebody else is moving it", remedy="Try again")
    listed = "; ".join(f"{ref} ({reason})" for ref, reason in primary)
    return PushRefused(
        f"{remote} refuses {listed}", tuple(primary), told,
        remedy="See what it says, and ask its administrator for the right to push this",
    )  # fmt: skip


def _told_by_remote(stderr: bytes) -> tuple[str, ...]:
    """Return the lines that the remote's hooks printed, without progress."""
    lines = stderr.decode("utf-8", "replace").replace("\r", "\n").split("\n")
    told = (line.removeprefix("remote:").strip() for line in lines if line.startswith("remote:"))
    return tuple(line for line in told if line and not _REMOTE_PROGRESS.match(line))


def _failure(done: "Finished", remote: str) -> StoreError:
    """Return the error for a command that did not get through."""
    said = done.stderr.decode("utf-8", "replace")
    forbidden = _PROTOCOL.search(said)
    if forbidden:
        return RemoteUnreachable(
            f"{remote}: the protocol {forbidden.group(1) or forbidden.group(2)!r} is not allowed",
            remedy="Use a remote over ssh, https, http, git or a path, one that your configuration allows",
        )
    if not _UNREACHABLE.search(said):
        return done.error()
    lines = [line.strip() for line in re.split(r"[\r\n]", said) if line.strip()]
    lines = [line for line in lines if not line.startswith(("warning:", *_ADVICE))]
    told = [line.removeprefix("fatal: ").removeprefix("error: ").rstrip(".") for line in lines]
    return RemoteUnreachable(
        f"{remote} cannot be reached: {'; '.join(told[:4])}",
        remedy=f"Check `git remote -v`, the network and your access with `git ls-remote {remote}`",
    )
