"""What GitHub's runner makes of a step: the lines that it obeys, and the file of outputs.

After `ActionCommand.cs` and `FileCommandManager.cs` of actions/runner, which are the contract.
"""

import re
from pathlib import Path
from typing import Any

import attrs
from markdown_it import MarkdownIt

COMMAND = re.compile(r"^::(?P<name>[^ :]+)(?: (?P<properties>[^:]*))?::(?P<data>.*)$")


@attrs.frozen
class Step:
    """The files that the runner gives a step."""

    summary: Path
    output: Path

    def outputs(self) -> dict[str, str]:
        """Return the outputs as the runner reads them."""
        lines = self.output.read_text().split("\n") if self.output.exists() else []
        found = {}
        while lines:
            line = lines.pop(0)
            if not line:
                continue
            name, heredoc, delimiter = line.partition("<<")
            assert heredoc, f"no heredoc: {line!r}"
            end = lines.index(delimiter)
            found[name] = "\n".join(lines[:end])
            del lines[: end + 1]
        return found


def commands(text: str) -> list[tuple[str, str, str]]:
    """Return every workflow command in what a step printed: name, properties, data."""
    found = []
    for line in re.split(r"\r\n|\r|\n", text):
        match = COMMAND.match(line.lstrip())
        if match:
            found.append((match["name"], match["properties"] or "", unescaped(match["data"])))
        elif "##[" in line:
            found.append(("legacy", "", line))
    return found


def unescaped(data: str) -> str:
    return data.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def inline(text: str) -> list[Any]:
    """Return all inline tokens of a Markdown document, as GitHub renders it: with tables and HTML."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    tokens = parser.parse(text)
    blocks = {token.type.removesuffix("_open").removesuffix("_close") for token in tokens}
    allowed = {
        "heading",
        "inline",
        "paragraph",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "bullet_list",
        "list_item",
    }
    assert blocks <= allowed, blocks
    return [child for token in tokens for child in token.children or ()]


def rendered(text: str) -> list[str]:
    """Return the code spans of a Markdown document; anything else in it that is not plain text fails the test."""
    found = inline(text)
    assert {token.type for token in found} <= {"text", "code_inline", "softbreak"}, found
    return [token.content for token in found if token.type == "code_inline"]
