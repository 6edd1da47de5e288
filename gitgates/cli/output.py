"""The one place that prints: results on stdout as text or JSON, everything else on stderr."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from gitgates.codec.escape import escaped
from gitgates.errors import StoreError

if TYPE_CHECKING:
    from rich.console import Console

    from gitgates.integrations.notify.events import Message

Row = Sequence[str]

GOOD, BAD, UNSURE, DIM, BOLD = "green", "red", "yellow", "dim", "bold"


class OutputClosed(Exception):  # noqa: N818 -- a state of the pipe, not a malfunction
    """Whoever read our standard output reads no more."""


class Output:
    """Writes for a person at a terminal (with rich), for a pipe (plain text), or for a program (JSON).

    Attributes:
        as_json: whether results are JSON; text results are then left out.
        notices: what others are told of once the command has ended, each with the folder it is about; see
            `cli.notifying`.
    """

    def __init__(self, *, as_json: bool = False, stdout: TextIO | None = None, stderr: TextIO | None = None) -> None:
        """Write to the process's own streams unless others are given."""
        self.as_json = as_json
        self.notices: list[tuple[str, Message]] = []
        self._stdout = stdout or sys.stdout
        self._stderr = stderr or sys.stderr
        self._console: Console | None = None
        self._obeyed = os.environ.get("GITHUB_ACTIONS") == "true"  # its runner takes some lines for commands

    def safe(self, text: str) -> str:
        """Return a line that neither a terminal nor a CI system takes for more than text."""
        text = escaped(text)
        if self._obeyed:
            from gitgates.integrations.ci.workflow_commands import without_commands

            text = without_commands(text)
        return text

    @property
    def is_terminal(self) -> bool:
        """Whether a person reads along."""
        return not self.as_json and self._stdout.isatty()

    def line(self, text: str = "", style: str | None = None) -> None:
        """Print one line of a result; `style` shows on a terminal only."""
        if self.as_json:
            return
        if style is not None and self._has_colour:
            from rich.text import Text  # a string would have its :emoji: replaced

            self._rich().print(Text(escaped(text), style=style), soft_wrap=True)
        else:
            self.write(self.safe(text) + "\n")

    def table(self, headers: Row, rows: Sequence[Row]) -> None:
        """Print rows under headers: a table on a terminal, aligned columns elsewhere."""
        if self.as_json:
            return
        safe = [[escaped(cell) for cell in row] for row in rows]
        if self.is_terminal and self._has_colour:
            self._rich_table(headers, safe)
            return
        widths = [max(map(len, column)) for column in zip(headers, *safe, strict=True)]
        for row in (headers, *safe):
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.write(self.safe("  ".join(cells).rstrip()) + "\n")

    def raw(self, text: str) -> None:
        """Print a file's text as it is, to be saved; only control characters are escaped."""
        self.write("\n".join(escaped(line) for line in text.split("\n")))

    def json(self, schema: str, value: dict[str, Any]) -> None:
        """Print a result for programs; `schema` names its shape, see `docs/reference/json.md`."""
        if self.as_json:
            import json

            text = json.dumps({"schema": f"gitgates/{schema}", **value}, indent=2, ensure_ascii=False) + "\n"
            if self._obeyed:
                from gitgates.integrations.ci.workflow_commands import without_commands_in_json

                text = without_commands_in_json(text)
            self.write(text)

    def write(self, text: str) -> None:
        """Print `text` as it is.

        Raises:
            OutputClosed: nobody reads it.
            StoreError: it cannot be written, e.g. because a disk is full.
        """
        with _telling():
            self._stdout.write(text)

    def flush(self) -> None:
        """Bring what was printed on its way; raises as `write`."""
        with _telling():
            self._stdout.flush()

    def note(self, text: str) -> None:
        """Tell the person something that is not the result."""
        self._stderr.write(self.safe(text) + "\n")

    def error(self, text: str) -> None:
        """Tell the person why there is no result."""
        self._stderr.write(f"gitgates: {self.safe(text)}\n")

    @property
    def _has_colour(self) -> bool:
        return self._stdout.isatty() and not os.environ.get("NO_COLOR")

    def _rich(self) -> "Console":
        if self._console is None:
            from rich.console import Console  # costs more than all of git's work: only on a terminal

            self._console = Console(file=self._stdout)
        return self._console

    def _rich_table(self, headers: Row, rows: Sequence[Row]) -> None:
        from rich import box
        from rich.table import Table
        from rich.text import Text

        table = Table(*headers, box=box.SIMPLE_HEAD, pad_edge=False)
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        self._rich().print(table)


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise OutputClosed from None
    except OSError as error:
        raise StoreError(
            f"standard output: {error.strerror}", remedy="Nothing that was printed can be relied on"
        ) from None
