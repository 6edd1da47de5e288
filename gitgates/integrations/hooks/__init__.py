"""The git hooks: what each does when git calls it, and putting them where git looks for them.

Each hook is a module with `run(args, output, stdin) -> int`: the arguments that git gives, where to tell people, and
the stream on which git writes its lines.
"""

from typing import Protocol

CLIENT_HOOKS = ("pre-push", "post-merge", "post-rewrite")
"""What a clone that people work in has use for."""
SERVER_HOOKS = ("pre-receive",)
"""What a bare repository has use for that others push to."""
HOOKS = (*CLIENT_HOOKS, *SERVER_HOOKS)


class Teller(Protocol):
    """Where a hook tells people something; `cli.output.Output` is one."""

    def note(self, text: str) -> None:
        """Print one line to standard error."""
