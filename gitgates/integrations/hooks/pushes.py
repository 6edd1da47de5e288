"""What is being pushed, as git tells a pre-push hook, or as pre-commit passes it on."""

from collections.abc import Mapping

from gitgates.errors import UsageError
from gitgates.model.frozen import frozen
from gitgates.store.repository import Repository


@frozen
class Push:
    """One ref that is about to be pushed.

    Attributes:
        ref: its name on the remote.
        new: the object that it shall hold, None where it is to be deleted.
        old: the object that it holds there now, None where it does not exist.
    """

    ref: str
    new: str | None
    old: str | None


@frozen
class Refusal:
    """Why a ref must not be pushed.

    Attributes:
        rule: which rule says so.
        code: 1 blocked, 2 bad configuration or input, 3 cannot decide.
    """

    ref: str
    rule: str
    reasons: tuple[str, ...]
    remedies: tuple[str, ...]
    code: int = 1


def read_pushes(data: bytes) -> tuple[Push, ...]:
    """Return the pushes in git's lines `<local ref> <local id> <remote ref> <remote id>`.

    Raises:
        UsageError: a line is none of git's.
    """
    pushes = []
    for line in filter(None, data.decode("utf-8", "surrogateescape").split("\n")):
        words = line.split(" ")
        if len(words) != 4:
            raise UsageError(
                f"hook pre-push: expected git's four words on each line, got {line!r}",
                remedy="Another hook that hands its input on may have changed it",
            )
        _, new, ref, old = words
        pushes.append(Push(ref, _object(new), _object(old)))
    return tuple(pushes)


def pushes_of_pre_commit(repository: Repository, environ: Mapping[str, str]) -> tuple[Push, ...]:
    """Return the push that pre-commit tells of; none outside pre-commit, or where nothing is pushed.

    It has read git's lines itself, and passes on the first ref that is not deleted. For a new branch without common
    history it names no commits: then the local branch is what is pushed.

    Raises:
        UsageError: what it names is no commit here.
    """
    ref = environ.get("PRE_COMMIT_REMOTE_BRANCH")
    if not ref:
        return ()
    given = environ.get("PRE_COMMIT_TO_REF") or environ.get("PRE_COMMIT_LOCAL_BRANCH", "")
    new = repository.resolve(given)
    if new is None:
        raise UsageError(f"hook pre-push: pre-commit names {given!r}, which is no commit here")
    before = environ.get("PRE_COMMIT_FROM_REF")
    return (Push(ref, new, repository.resolve(before) if before else None),)


def _object(text: str) -> str | None:
    """Return an object id, None for the zeros that stand for no object."""
    return text if text.strip("0") else None
