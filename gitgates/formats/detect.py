"""From a file's bytes to its metrics: the format is found by content, never by name.

Built-in formats are asked first, and formats of plug-ins only where no built-in one fits: nothing that is installed can
take a file away from a format that is known here.
"""

from collections.abc import Iterable, Sequence

from gitgates.errors import InputFileError
from gitgates.formats.base import Format, Reading, Role
from gitgates.formats.document import (
    Document,
    FolderDocument,
    JsonDocument,
    TextDocument,
    XmlDocument,
    parse,
)
from gitgates.formats.options import DEFAULTS, ReadOptions
from gitgates.formats.registry import FORMATS, LIST, Entry


def read(
    role: Role,
    file_name: str,
    data: bytes,
    options: ReadOptions = DEFAULTS,
    formats: Sequence[Entry | Format] = FORMATS,
) -> Reading:
    """Return the metrics in `data`.

    Args:
        role: what the file was given for; a baseline is Role.MODEL.
        file_name: the file's name, for messages; nothing is read from it.
        options: what the user says about how it is to be read.
        formats: the formats to look for before those of plug-ins.

    Raises:
        InputFileError: the file is not safe to read, or as `read_document` raises.
    """
    return read_document(role, parse(file_name, data), options, formats)


def read_document(
    role: Role, document: Document, options: ReadOptions = DEFAULTS, formats: Sequence[Entry | Format] = FORMATS
) -> Reading:
    """Return the metrics in `document`; arguments as `read` takes them.

    Raises:
        InputFileError: the document is of no known format, of several, of a kind that does not serve `role`, or holds
            impossible numbers.
    """
    serving = [known for known in formats if role in known.roles]
    if (found := _only(document, _matching(document, filter(_has_marks, serving)))) is not None:
        return found.read(document, options)
    from gitgates.formats import plugins  # finding them costs more than reading most files

    installed = plugins.load(known.name for known in formats)
    if (guest := installed.fitting(document, role)) is not None:
        return guest.read(document, options)
    others = [known for known in formats if role not in known.roles and _has_marks(known)]
    for stranger in _matching(document, others):
        raise _wrong_kind(document, stranger, role)
    for unmarked in _matching(document, (known for known in serving if not _has_marks(known))):
        return unmarked.read(document, options)
    raise _unknown(document, serving, role, installed.faults)


def _has_marks(known: Entry | Format) -> bool:
    """Tell whether a format's files can be told from all others, so that it need not be asked last."""
    return not (isinstance(known, Entry) and known.last)


def _matching(document: Document, formats: Iterable[Entry | Format]) -> list[Format]:
    """Return the formats that `document` is of."""
    fitting = (known for known in formats if not isinstance(known, Entry) or _fits(document, known))
    loaded = (known.load() if isinstance(known, Entry) else known for known in fitting)
    return [candidate for candidate in loaded if candidate.matches(document)]


def _fits(document: Document, entry: Entry) -> bool:
    """Tell whether the row of a format leaves it possible that `document` is of that format."""
    if entry.syntax != _SYNTAX[type(document)] or not entry.marks:
        return entry.syntax == _SYNTAX[type(document)]
    if isinstance(document, XmlDocument):
        return document.root.tag in entry.marks
    if isinstance(document, TextDocument):
        return document.text.lstrip().startswith(entry.marks)
    if isinstance(document, JsonDocument) and isinstance(document.value, dict):
        return any(mark in document.value for mark in entry.marks)
    return isinstance(document, JsonDocument) and isinstance(document.value, list) and LIST in entry.marks


_SYNTAX: dict[type, str] = {JsonDocument: "json", XmlDocument: "xml", TextDocument: "text", FolderDocument: "folder"}


def _only(document: Document, candidates: list[Format]) -> Format | None:
    """Return the only candidate, or None where there is none."""
    if len(candidates) > 1:
        raise InputFileError(
            document.file, f"could be any of: {_titles(candidates)}", remedy="Leave only what one of them has"
        )
    return candidates[0] if candidates else None


def _titles(formats: Iterable[Entry | Format]) -> str:
    return ", ".join(f"{item.title} ({item.name})" for item in formats)


def _wrong_kind(document: Document, found: Format, role: Role) -> InputFileError:
    flags = " or ".join(other.flags for other in found.roles)
    return InputFileError(
        document.file, f"is {found.title}, which says nothing about {_SUBJECT[role]}", remedy=f"Give it with {flags}"
    )


_SUBJECT = {Role.TESTS: "tests or coverage", Role.MODEL: "the model's quality", Role.SECURITY: "vulnerabilities"}


def _unknown(document: Document, known: Iterable[Entry | Format], role: Role, faults: Sequence[str]) -> InputFileError:
    unread = "".join(f"; {fault}" for fault in faults)
    return InputFileError(
        document.file,
        f"is of no known format for {role.flags}: {_describe(document)}{unread}",
        remedy=f"Known are: {_titles(known)}",
    )


def _describe(document: Document) -> str:
    """Say what a document is, so that the user sees which file was given."""
    if isinstance(document, XmlDocument):
        return f"XML with the root <{document.root.tag[:80]}>"
    if isinstance(document, TextDocument):
        return f"text that begins with {document.text.lstrip()[:40]!r}"
    if isinstance(document, FolderDocument):
        return "a folder"
    if not isinstance(document.value, dict):
        return f"JSON, but not an object: {type(document.value).__name__}"
    keys = [key[:40] for key in document.value]
    more = ", ..." if len(keys) > 8 else ""
    return f"JSON with the keys {', '.join(keys[:8])}{more}" if keys else "an empty JSON object"
