"""LCOV tracefiles (`lcov.info`), as geninfo (lcov 1.x and 2.x), istanbul, coverage.py and others write them.

The figure taken is lines, as the `DA` lines tell of them. A line of a file that stands in several records counts once,
as hit if one of them hit it. Branches are the distinct `BRDA` lines. The sums of `LF`/`LH` and `BRF`/`BRH` are checked
against these where each file has one record only; with several they count a line more than once.
"""

import re
from collections import Counter
from collections.abc import Iterator

from attrs import Factory, define

from gitgates.errors import InputFileError
from gitgates.formats.base import Format, Reading, Role
from gitgates.formats.coverage_figures import Counts, Part, checked_part, reading_of
from gitgates.formats.document import Document, TextDocument, as_text
from gitgates.formats.options import ReadOptions

NAME = "lcov"
_PASSED_OVER = frozenset(["TN", "VER", "FN", "FNDA", "FNF", "FNH", "FNL", "FNA", "MCDC", "MCF", "MCH"])
_SUMS = {"LF": "lines", "LH": "lines hit", "BRF": "branches", "BRH": "branches hit"}
_END = "end_of_record"


@define
class _Record:
    """What was read of one source file: for each line or branch whether it was hit, and the sums as written."""

    lines: dict[int, bool] = Factory(dict)
    branches: dict[str, bool] = Factory(dict)
    sums: dict[str, int] = Factory(dict)


def matches(document: Document) -> bool:
    """Tell whether this is an LCOV tracefile; one without a source file is no proof of anything."""
    return isinstance(document, TextDocument) and re.search(r"^SF:", document.text, re.MULTILINE) is not None


def read(document: Document, options: ReadOptions) -> Reading:
    """Return the coverage of all source files."""
    document = as_text(document)
    files = Counter(name.strip() for name in re.findall(r"^SF:(.*)", document.text, re.MULTILINE))
    repeated = {file: _Record() for file, times in files.items() if times > 1}
    lines, branches, sums = Part(0, 0), Part(0, 0), Counter[str]()
    for file, record in _records(document, repeated):
        sums.update(_sums_of(document, file, record))
        if file not in repeated:
            lines, branches = _plus(lines, record.lines), _plus(branches, record.branches)
    for record in repeated.values():
        lines, branches = _plus(lines, record.lines), _plus(branches, record.branches)
    places = [Counts("the sum of all lines", lines, branches)]
    if not repeated:
        places.insert(0, Counts("the sum of LF and LH", Part(sums["LH"], sums["LF"]), Part(sums["BRH"], sums["BRF"])))
    return reading_of(document.file, NAME, options, "lines", places)


def _plus(part: Part, found: dict[int, bool] | dict[str, bool]) -> Part:
    return Part(part.hit + sum(found.values()), part.total + len(found))


def _sums_of(document: TextDocument, file: str, record: _Record) -> dict[str, int]:
    """Return the sums as written; where there is none, as counted."""
    sums = dict(record.sums)
    for found, hit, counted in (("LF", "LH", record.lines), ("BRF", "BRH", record.branches)):
        if not sums.keys() >= {found, hit}:
            sums[found], sums[hit] = len(counted), sum(counted.values())
        checked_part(document.file, sums[hit], sums[found], f"SF:{file[:80]} {hit}", found)
    return sums


def _records(document: TextDocument, repeated: dict[str, _Record]) -> Iterator[tuple[str, _Record]]:
    """Yield each record with its file; a repeated file's records share lines and branches, and not the sums."""
    file, record = None, _Record()
    for match in re.finditer(r"[^\n]+", document.text):
        line = match[0].rstrip()
        kind, colon, rest = line.partition(":")
        if kind == "SF" and file is None:
            file = rest.strip()
            shared = repeated.get(file)
            record = _Record(shared.lines, shared.branches) if shared else _Record()
        elif line == _END and file is not None:
            yield file, record
            file = None
        elif line.startswith("#") or not line or (colon and kind in _PASSED_OVER):
            continue
        elif file is None or not colon or not _take(record, kind, rest):
            raise _fault(document, match.start(), line, "is not expected here")
    if file is not None:
        raise InputFileError(document.file, f"ends within the record of {file[:80]}: it is not complete")


def _take(record: _Record, kind: str, rest: str) -> bool:
    """Put one line into its record; False where it has no place there or no meaning."""
    try:
        if kind == "DA":
            line, hits = map(_count, rest.split(",")[:2])  # a third part is a checksum
            record.lines[line] = record.lines.get(line, False) or hits > 0
        elif kind == "BRDA":
            branch, _, taken = rest.rpartition(",")
            if branch.count(",") < 2:
                return False
            record.branches[branch] = record.branches.get(branch, False) or (taken != "-" and _count(taken) > 0)
        elif kind in _SUMS:
            record.sums[kind] = _count(rest)
        else:
            return False
    except ValueError:
        return False
    return True


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    return int(text)


def _fault(document: TextDocument, at: int, line: str, fault: str) -> InputFileError:
    number = document.text.count("\n", 0, at) + 1
    return InputFileError(document.file, f"line {number}: {line[:60]!r} {fault}")


FORMAT = Format(NAME, "LCOV tracefile", (Role.TESTS,), matches, read)
