"""A file's bytes, parsed once, strictly: every format looks at the same document."""

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


Document = JsonDocument | XmlDocument


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


def parse(file: str, data: bytes) -> Document:
    """Return what `data` holds: XML if it begins with `<`, else JSON.

    A UTF-8 byte order mark is refused before JSON, whose standard forbids it, and accepted before XML, whose standard
    allows it.

    Raises:
        InputFileError: it is empty, not UTF-8 JSON or XML, or so large or deep that it is not safe to read.
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
            file, "begins with a byte order mark, which JSON does not allow", remedy="Write it as UTF-8 without BOM"
        )
    from gitgates.formats import json_bytes

    return JsonDocument(file, json_bytes.load(file, data))
