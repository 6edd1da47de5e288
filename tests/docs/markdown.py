"""What the tests take out of Markdown files: code blocks, links, table rows."""

import re
from pathlib import Path

import attrs

_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<body>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")


@attrs.frozen
class Block:
    """A fenced code block: its language, its text as printed, and the heading that it stands under."""

    language: str
    text: str
    heading: str


def blocks(file: Path, language: str) -> list[Block]:
    """Return the code blocks in `language`, in order."""
    text = file.read_text()
    found = []
    for match in _FENCE.finditer(text):
        headings = re.findall(
            r"^#+ (.*)$",
            re.sub(r"^```.*?^```$", "", text[: match.start()], flags=re.MULTILINE | re.DOTALL),
            re.MULTILINE,
        )
        found.append(Block(match["language"], match["body"], headings[-1] if headings else ""))
    return [block for block in found if block.language == language]


def links(file: Path) -> list[str]:
    """Return the targets of all links that lie in this project, those in the page itself too."""
    text = re.sub(r"^ *```.*?^ *```$", "", file.read_text(), flags=re.MULTILINE | re.DOTALL)
    return [link for link in _LINK.findall(text) if "://" not in link and not link.startswith("mailto:")]


def anchors(file: Path) -> set[str]:
    """Return what links into a page can name: its headings, as GitHub spells them."""
    text = re.sub(r"^ *```.*?^ *```$", "", file.read_text(), flags=re.MULTILINE | re.DOTALL)
    found: set[str] = set()
    for heading in re.findall(r"^#+ +(.*?)\s*$", text, re.MULTILINE):
        shown = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
        number = next(i for i in range(len(found) + 1) if (f"{name}-{i}" if i else name) not in found)
        found.add(f"{name}-{number}" if number else name)
    return found


def rows(file: Path, first_header: str) -> list[list[str]]:
    """Return the cells of the table whose first column has this header, without its header lines."""
    lines = file.read_text().splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"| {first_header} |"))
    found = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        found.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return found
