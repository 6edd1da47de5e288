"""From a file's bytes to its metrics: the format is found by content, never by name."""

from collections.abc import Iterable

from gitgates.errors import InputFileError
from gitgates.formats.base import Format, Reading, Role
from gitgates.formats.document import Document, JsonDocument, parse
from gitgates.formats.registry import FORMATS


def read(role: Role, file_name: str, data: bytes, formats: tuple[Format, ...] = FORMATS) -> Reading:
    """Return the metrics in `data`.

    Args:
        role: what the file was given for; a baseline is Role.MODEL.
        file_name: the file's name, for messages; nothing is read from it.
        formats: the formats to look for.

    Raises:
        InputFileError: the file is of no known format, of several, of a kind that does not serve `role`, not safe to
            read, or holds impossible numbers.
    """
    document = parse(file_name, data)
    matching = [candidate for candidate in formats if candidate.matches(document)]
    serving = [candidate for candidate in matching if role in candidate.roles]
    if len(serving) > 1:
        raise InputFileError(
            file_name,
            f"could be any of: {_titles(serving)}",
            remedy="Leave only what one of them has",
        )
    if serving:
        return serving[0].read(document)
    if matching:
        raise _wrong_kind(document, matching[0], role)
    raise _unknown(document, [candidate for candidate in formats if role in candidate.roles], role)


def _titles(formats: Iterable[Format]) -> str:
    return ", ".join(f"{item.title} ({item.name})" for item in formats)


def _wrong_kind(document: Document, found: Format, role: Role) -> InputFileError:
    flags = " or ".join(other.flags for other in found.roles)
    return InputFileError(
        document.file, f"is {found.title}, which says nothing about {_SUBJECT[role]}", remedy=f"Give it with {flags}"
    )


_SUBJECT = {Role.TESTS: "tests or coverage", Role.MODEL: "the model's quality", Role.SECURITY: "vulnerabilities"}


def _unknown(document: Document, known: list[Format], role: Role) -> InputFileError:
    return InputFileError(
        document.file,
        f"is of no known format for {role.flags}: {_describe(document)}",
        remedy=f"Known are: {_titles(known)}",
    )


def _describe(document: Document) -> str:
    """Say what a document is, so that the user sees which file was given."""
    if not isinstance(document, JsonDocument):
        return f"XML with the root <{document.root.tag[:80]}>"
    if not isinstance(document.value, dict):
        return f"JSON, but not an object: {type(document.value).__name__}"
    keys = [key[:40] for key in document.value]
    more = ", ..." if len(keys) > 8 else ""
    return f"JSON with the keys {', '.join(keys[:8])}{more}" if keys else "an empty JSON object"
