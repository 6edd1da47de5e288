"""When a ref of this clone was moved, as git has logged it."""

from collections.abc import Sequence

from gitgates.store.repository import Repository


def moved_at(repo: Repository, ref: str, reasons: Sequence[str]) -> int | None:
    """Return when a ref was last moved in this clone, in seconds since 1970, None where no reflog tells.

    Args:
        reasons: how the reflog's message of such a move begins; other moves are passed over.
    """
    pattern = f"^({'|'.join(reasons)})"
    shown = repo.git(
        "reflog", "show", "-1", "--date=unix", "--format=%gd", "--extended-regexp", f"--grep-reflog={pattern}", ref,
        ok_codes=(0, 128),
    )  # fmt: skip
    seconds = shown.decode("ascii", "replace").strip().rpartition("@{")[2].rstrip("}")
    return int(seconds) if seconds.isdigit() else None


def has_been(repo: Repository, ref: str, commit: str) -> bool:
    """Tell whether a ref was at `commit` before, as far as its reflog tells."""
    shown = repo.git("reflog", "show", "--format=%H", ref, ok_codes=(0, 128))
    return commit in shown.decode("ascii", "replace").split()[1:]
