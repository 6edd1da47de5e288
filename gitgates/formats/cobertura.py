"""Cobertura XML, as coverage.py (`coverage xml`), istanbul, coverlet, gcovr and others write it.

The figure taken is lines: `lines-covered` of `lines-valid`, and not `line-rate`, which tools round to up to two digits.
The lines of all classes are counted again, each line of a file once (methods repeat the lines of their class). Branches
are `branches-covered` of `branches-valid`, counted again by `condition-coverage="50% (2/4)"`.
"""

import re
from typing import TYPE_CHECKING

from gitgates.errors import InputFileError
from gitgates.formats.base import Format, Reading, Role
from gitgates.formats.coverage_figures import Counts, Part, checked_part, reading_of
from gitgates.formats.document import Document, XmlDocument, as_xml
from gitgates.formats.options import ReadOptions

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

NAME = "cobertura-xml"
_CONDITIONS = re.compile(r"\((\d{1,9})/(\d{1,9})\)")
_ROUNDING = 0.51
"""Percent points by which `line-rate="0.94"` may differ from the counts beside it."""


def matches(document: Document) -> bool:
    """Tell whether this is Cobertura XML; the root of Clover's XML has the same tag, and no rate."""
    return isinstance(document, XmlDocument) and document.root.tag == "coverage" and "line-rate" in document.root.attrib


def read(document: Document, options: ReadOptions) -> Reading:
    """Return the coverage of the whole project."""
    document = as_xml(document)
    rate = _rate(document)
    body = _body(document)
    header = Counts("the header", _header(document, "lines"), _header(document, "branches"))
    if header.lines is None and not (body.lines and body.lines.total):
        raise InputFileError(
            document.file, "<coverage> lines-valid: is missing, and no class lists lines, so nothing was counted"
        )
    for place in (header, body):
        if place.lines and place.lines.total:
            counted = 100 * place.lines.hit / place.lines.total
            if abs(100 * rate - counted) > _ROUNDING:
                fault = f"<coverage> line-rate: is {rate}, but {place.place} has {place.lines.hit} of"
                raise InputFileError(document.file, f"{fault} {place.lines.total} lines, which is {counted / 100:.4f}")
            break  # the figure beside the rate
    return reading_of(document.file, NAME, options, "lines", [header, body])


def _rate(document: XmlDocument) -> float:
    text = document.root.get("line-rate", "")
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not 0 <= rate <= 1:
        raise InputFileError(document.file, f"<coverage> line-rate: must be 0 to 1, got {text[:40]!r}")
    return rate


def _header(document: XmlDocument, kind: str) -> Part | None:
    if f"{kind}-valid" not in document.root.attrib:  # older tools tell rates alone
        return None
    hit, total = (_count(document, document.root, f"{kind}-{name}") for name in ("covered", "valid"))
    return checked_part(document.file, hit, total, f"<coverage> {kind}-covered", f"{kind}-valid")


def _count(document: XmlDocument, element: "Element", name: str) -> int:
    text = element.get(name, "").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise InputFileError(document.file, f"<{element.tag}> {name}: must be a count, got {text[:40]!r}")
    return int(text)


def _body(document: XmlDocument) -> Counts:
    """Return what the classes tell: per file and line the best of what several classes say of it."""
    lines: dict[tuple[str, int], int] = {}
    branches: dict[tuple[str, int], Part] = {}
    for found in document.root.iter("class"):
        file = found.get("filename", found.get("name", ""))
        for line in found.iterfind("lines/line"):
            key = file, _count(document, line, "number")
            lines[key] = max(lines.get(key, 0), _count(document, line, "hits"))
            if (conditions := _CONDITIONS.search(line.get("condition-coverage", ""))) is not None:
                part = checked_part(
                    document.file, int(conditions[1]), int(conditions[2]), f"<line number='{key[1]}'>", "conditions"
                )
                if key not in branches or part.hit > branches[key].hit:
                    branches[key] = part
    hit = sum(1 for hits in lines.values() if hits)
    all_branches = Part(sum(part.hit for part in branches.values()), sum(part.total for part in branches.values()))
    return Counts("the sum of all classes", Part(hit, len(lines)) if lines else None, all_branches)


FORMAT = Format(NAME, "Cobertura XML", (Role.TESTS,), matches, read)
