"""What git says about its progress, read with GitPython; imported only where somebody wants to see it."""

from collections.abc import Callable

from git.util import RemoteProgress


class _Progress(RemoteProgress):
    """Tells a function what git is at, in git's own words without the speed."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__()
        self._tell = tell

    def update(
        self,
        op_code: int,
        cur_count: str | float,
        max_count: str | float | None = None,
        message: str = "",  # noqa: ARG002 -- the signature is GitPython's
    ) -> None:
        name = _NAMES.get(op_code & self.OP_MASK, "")
        of = f"/{float(max_count):.0f}" if max_count else ""
        self._tell(f"{name} {float(cur_count or 0):.0f}{of}")


_NAMES = {
    RemoteProgress.COUNTING: "Counting objects",
    RemoteProgress.COMPRESSING: "Compressing objects",
    RemoteProgress.WRITING: "Writing objects",
    RemoteProgress.RECEIVING: "Receiving objects",
    RemoteProgress.RESOLVING: "Resolving deltas",
    RemoteProgress.FINDING_SOURCES: "Finding sources",
}


def progress_reader(tell: Callable[[str], None]) -> Callable[[str], None]:
    """Return a function that takes the lines that git prints, and passes progress on to `tell` in words."""
    return _Progress(tell).new_message_handler()
