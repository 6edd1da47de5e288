"""A file's bytes, parsed once, strictly: every format looks at the same document."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import field

from gitgates.errors import InputFileError
from gitgates.model.frozen import frozen

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

Kind = TypeVar("Kind")

_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_WORDS = {dict: "an object", list: "a list", str: "text", int: "a whole number"}


@frozen
class JsonDocument:
    """A JSON file.

    Attributes:
        file: its name, for messages.
        value: what it holds: dict, list, text, int, float, bool or None.
    """

    file: str
    value: Any = field(repr=False)

    def expect(self, value: object, kind: type[Kind], where: str) -> Kind:
        """Return `value` if it is of `kind`; `where` names it in the error, e.g. `$.totals`."""
        if isinstance(value, kind) and not isinstance(value, bool):
            return value
        problem = "is missing" if value is None else f"must be {_WORDS[kind]}"
        raise InputFileError(self.file, f"{where}: {problem}")


@frozen
class XmlDocument:
    """An XML file.

    Attributes:
        file: its name, for messages.
        root: the root element; tags are without namespaces, and text between tags is left out.
    """

    file: str
    root: "Element" = field(repr=False)


@frozen
class TextDocument:
    """A file of lines that is neither JSON nor XML.

    Attributes:
        file: its name, for messages.
        text: all of it.
    """

    file: str
    text: str = field(repr=False)


@frozen
class FolderDocument:
    """A folder that a tool wrote.

    Attributes:
        file: its name, for messages.
        files: what the files in it hold that say something, by their paths in it with `/` between the parts.
    """

    file: str
    files: Mapping[str, bytes] = field(repr=False, hash=False)


Document = JsonDocument | XmlDocument | TextDocument | FolderDocument


def as_json(document: Document) -> JsonDocument:
    """Return `document`, for readers whose format matched JSON; anything else is a bug of the caller."""
    if not isinstance(document, JsonDocument):
        raise TypeError(f"{document.file} is not a JSON document")
    return document


def as_xml(document: Document) -> XmlDocument:
    """Return `document`, for readers whose format matched XML; anything else is a bug of the caller."""
    if not isinstance(document, XmlDocument):
        raise TypeError(f"{document.file} is not an XML document")
    return document


def as_text(document: Document) -> TextDocument:
    """Return `document`, for readers whose format matched text; anything else is a bug of the caller."""
    if not isinstance(document, TextDocument):
        raise TypeError(f"{document.file} is not a text document")
    return document


def as_folder(document: Document) -> FolderDocument:
    """Return `document`, for readers whose format matched a folder; anything else is a bug of the caller."""
    if not isinstance(document, FolderDocument):
        raise TypeError(f"{document.file} is not a folder")
    return document


def parse(file: str, data: bytes) -> Document:
    """Return what `data` holds: XML if it begins with `<`, JSON if it begins with `{` or `[`, else text.

    A UTF-8 byte order mark is refused before JSON, whose standard forbids it, and before text, and accepted before XML,
    whose standard allows it.

    Raises:
        InputFileError: it is empty, not UTF-8, begins like JSON or XML and is neither, or is so large or deep that it
            is not safe to read.
    """
    if not data.strip():
        raise InputFileError(file, "is empty")
    if data.startswith(_UTF16_BOMS) or b"\0" in data[:4]:
        raise InputFileError(
            file, "is not UTF-8, by its first bytes it is UTF-16 or UTF-32", remedy="Write it as UTF-8"
        )
    if data.removeprefix(_BOM).lstrip().startswith(b"<"):
        from gitgates.formats import xml_bytes  # an XML parser is only paid for where there is XML

        return XmlDocument(file, xml_bytes.load(file, data))
    if data.startswith(_BOM):
        raise InputFileError(
            file, "begins with a byte order mark, which only XML allows", remedy="Write it as UTF-8 without BOM"
        )
    if data.lstrip()[:1] not in (b"{", b"["):
        from gitgates.formats import text_bytes

        return TextDocument(file, text_bytes.load(file, data))
    from gitgates.formats import json_bytes

    return JsonDocument(file, json_bytes.load(file, data))
