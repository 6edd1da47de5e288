"""JaCoCo XML (`jacocoTestReport.xml`, `jacoco.xml`), report DTD 1.1.

The figure taken is lines: the `LINE` counter of the report, checked against the sum of its groups and packages. Classes
compiled without debug information have no lines; then the figure is instructions, and a note says so. `--coverage`
knows lines, branches and both together; it never means instructions.
"""

from typing import TYPE_CHECKING

from gitgates.errors import InputFileError
from gitgates.formats.base import Format, Reading, Role
from gitgates.formats.coverage_figures import Counts, Part, checked_part, reading_of
from gitgates.formats.document import Document, XmlDocument, as_xml
from gitgates.formats.options import ReadOptions
from gitgates.model.metric_paths import COVERAGE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from xml.etree.ElementTree import Element

NAME = "jacoco-xml"
_PARTS = ("group", "package")
_ITS_OWN = ("counter", "sessioninfo", *_PARTS)


def matches(document: Document) -> bool:
    """Tell whether this is JaCoCo XML: a `report` with a name and nothing in it but what JaCoCo puts there."""
    return (
        isinstance(document, XmlDocument)
        and document.root.tag == "report"
        and "name" in document.root.attrib
        and all(child.tag in _ITS_OWN for child in document.root)
    )


def read(document: Document, options: ReadOptions) -> Reading:
    """Return the coverage of the whole report."""
    document = as_xml(document)
    root = document.root
    parts = [child for child in root if child.tag in _PARTS]
    places = [_counts(document, "the report", [root], "LINE")]
    if parts:
        places.append(_counts(document, "the sum of all packages", parts, "LINE"))
    if options.coverage is not None or any(place.lines and place.lines.total for place in places):
        return reading_of(document.file, NAME, options, "lines", places)
    places = [
        _counts(document, place.place, [root] if place is places[0] else parts, "INSTRUCTION") for place in places
    ]
    found = reading_of(document.file, NAME, options, "lines", places)
    note = "coverage counts instructions, since the report tells of no lines"
    return Reading(found.file, found.format, found.metrics, (note, *found.notes[1:]), ((COVERAGE, "instructions"),))


def _counts(document: XmlDocument, place: str, elements: "Iterable[Element]", lines: str) -> Counts:
    """Return the sum of the elements' own counters, with the counter called `lines` as lines."""
    sums: dict[str, Part] = {}
    for element in elements:
        for counter in element.iterfind("counter"):
            kind = counter.get("type", "")
            covered, missed = (_count(document, counter, kind, name) for name in ("covered", "missed"))
            before = sums.get(kind, Part(0, 0))
            sums[kind] = checked_part(
                document.file, before.hit + covered, before.total + covered + missed, f"<counter type={kind!r}>", "all"
            )
    return Counts(place, sums.get(lines), sums.get("BRANCH"))


def _count(document: XmlDocument, counter: "Element", kind: str, name: str) -> int:
    text = counter.get(name, "").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        where = f"<counter type={kind[:40]!r}> {name}"
        raise InputFileError(document.file, f"{where}: must be a count, got {text[:40]!r}")
    return int(text)


FORMAT = Format(NAME, "JaCoCo XML", (Role.TESTS,), matches, read)
