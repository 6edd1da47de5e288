"""The one place that prints: results on stdout as text or JSON, everything else on stderr."""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TextIO

from gitgates.cli.escape import escaped

if TYPE_CHECKING:
    from rich.console import Console

Row = Sequence[str]

GOOD, BAD, UNSURE, DIM, BOLD = "green", "red", "yellow", "dim", "bold"


class Output:
    """Writes for a person at a terminal (with rich), for a pipe (plain text), or for a program (JSON).

    Attributes:
        as_json: whether results are JSON; text results are then left out.
    """

    def __init__(self, *, as_json: bool = False, stdout: TextIO | None = None, stderr: TextIO | None = None) -> None:
        """Write to the process's own streams unless others are given."""
        self.as_json = as_json
        self._stdout = stdout or sys.stdout
        self._stderr = stderr or sys.stderr
        self._console: Console | None = None

    @property
    def is_terminal(self) -> bool:
        """Whether a person reads along."""
        return not self.as_json and self._stdout.isatty()

    def line(self, text: str = "", style: str | None = None) -> None:
        """Print one line of a result; `style` shows on a terminal only."""
        if self.as_json:
            return
        if style is not None and self._has_colour:
            self._rich().print(escaped(text), style=style, markup=False, highlight=False, soft_wrap=True)
        else:
            self._stdout.write(escaped(text) + "\n")

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
            self._stdout.write("  ".join(cells).rstrip() + "\n")

    def json(self, schema: str, value: dict[str, Any]) -> None:
        """Print a result for programs; `schema` names its shape, see `docs/reference/json.md`."""
        if self.as_json:
            import json

            json.dump({"schema": f"gitgates/{schema}", **value}, self._stdout, indent=2, ensure_ascii=False)
            self._stdout.write("\n")

    def note(self, text: str) -> None:
        """Tell the person something that is not the result."""
        self._stderr.write(escaped(text) + "\n")

    def error(self, text: str) -> None:
        """Tell the person why there is no result."""
        self._stderr.write(f"gitgates: {escaped(text)}\n")

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
