"""Safe XML: no entities, nothing external, bounded depth and memory.

defusedxml refuses entity declarations and external references. A DOCTYPE that names an external DTD is passed over, as
several report formats carry one; an internal subset is refused, since no report needs one.
"""

import re
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError, TreeBuilder

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from gitgates.errors import InputFileError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_DEPTH = 100
MAX_NODES = 600_000
"""Elements and attributes together."""
MAX_TAG_BYTES = 2**20

_CHUNK = 2**16
_ENCODING = re.compile(rb"<\?xml[^>]*\bencoding\s*=\s*[\"']([A-Za-z0-9._-]+)")
_ENCODINGS = (b"utf-8", b"utf8", b"us-ascii", b"ascii", b"iso-8859-1", b"latin1", b"windows-1252", b"iso-8859-15")


class _Refused(Exception):  # noqa: N818 -- never leaves this module
    """The file is well-formed so far, but not safe to read."""


class _Tree(TreeBuilder):
    """Builds elements without text and without namespaces, within bounds."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self._nodes = 0

    def start(self, tag: str, attrs: dict[str, str]) -> "Element":
        self._depth += 1
        self._nodes += 1 + len(attrs)
        if self._depth > MAX_DEPTH:
            raise _Refused(f"is nested more than {MAX_DEPTH} levels deep")
        if self._nodes > MAX_NODES:
            raise _Refused(f"holds more than {MAX_NODES} elements and attributes")
        return super().start(tag.rpartition("}")[2], attrs)

    def end(self, tag: str) -> "Element":
        self._depth -= 1
        return super().end(tag.rpartition("}")[2])

    def data(self, data: str | bytes) -> None:
        """Leave text out: no format here needs it, and the logs inside reports are most of their size."""


def _doctype(name: str, system: str | None, public: str | None, has_internal_subset: bool) -> None:
    if has_internal_subset:
        raise _Refused("declares a document type of its own, which is refused")


def _refuse_long_tag(waiting: int) -> None:
    """Refuse a tag that so many bytes have not completed: expat builds all its attributes before it shows any."""
    if waiting > MAX_TAG_BYTES:
        raise _Refused(f"holds a tag or comment of more than {MAX_TAG_BYTES} bytes")


def load(file: str, data: bytes) -> "Element":
    """Return the root element of the XML text `data`.

    Raises:
        InputFileError: it is not well-formed, or not safe to read.
    """
    encoding = _ENCODING.search(data[:200])
    if encoding and encoding[1].lower() not in _ENCODINGS:
        raise InputFileError(file, f"has the encoding {encoding[1].decode()}", remedy="Write it as UTF-8")
    parser = DefusedXMLParser(target=_Tree(), forbid_entities=True, forbid_external=True)
    parser.parser.StartDoctypeDeclHandler = _doctype
    try:
        for fed in range(0, len(data), _CHUNK):
            parser.feed(data[fed : fed + _CHUNK])
            _refuse_long_tag(fed - parser.parser.CurrentByteIndex)
        root: Element = parser.close()
    except _Refused as error:
        raise InputFileError(file, str(error)) from None
    except DefusedXmlException:
        raise InputFileError(file, "declares entities, which are refused") from None
    except ParseError as error:
        raise InputFileError(file, f"is not complete, well-formed XML: {error}") from None
    return root
