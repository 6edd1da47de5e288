"""Names: model versions, contexts, gates, and what may stand in a path."""

import re
from enum import StrEnum
from typing import Any

from attrs import field

from gitgates.errors import InvalidValue
from gitgates.model.frozen import frozen

MAX_NAME_BYTES = 80
"""Bytes of a name in UTF-8; percent-encoded, at most three times as long, it stays below the 255 bytes that file
systems allow, suffixes included."""

_INVISIBLE = frozenset(["Cc", "Cf", "Cs", "Co", "Zl", "Zp", "Zs"])
_CONTEXT = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$", *(f"{d}{i}" for d in ("com", "lpt") for i in "0123456789¹²³")]
)


class DeploymentContext(StrEnum):
    """The built-in deployment contexts."""

    DEVELOPMENT = "development"
    STAGING = "staging"
    PRODUCTION = "production"

    @classmethod
    def _missing_(cls, value: object) -> "DeploymentContext":
        raise InvalidValue(f"unknown context {value!r}", remedy=f"Known contexts: {', '.join(cls)}")


class CustomContext(str):
    """A context of a policy's own, e.g. `prod-eu`; it has a `value`, as the built-in ones do."""

    __slots__ = ()

    @property
    def value(self) -> str:
        """The name, as plain text."""
        return str(self)


def as_context(context: str) -> "DeploymentContext | CustomContext":
    """Return the built-in context of that name, or one of a policy's own.

    Raises:
        InvalidValue: no context can have that name.
    """
    if context in list(DeploymentContext):
        return DeploymentContext(context)
    return CustomContext(check_context(context))


def check_context(context: str) -> str:
    """Return `context` if it can name a context; which contexts exist is the policy's to say."""
    if _CONTEXT.fullmatch(context) is None:
        raise InvalidValue(f"a context is 1 to 40 of a-z 0-9 _ -, starting with a letter; got {context!r}")
    return context


def check_name(name: str, what: str) -> str:
    """Return `name` if it can be one part of a model version.

    Refused: the empty name, colons, control, format and unassigned characters (bidirectional overrides among them)
    and every blank but the plain space, text that is not in Unicode normal form C, names that a file system or git
    reserves, and more than 80 bytes.
    """
    if not name:
        raise InvalidValue(f"the {what} is empty")
    if len(name.encode("utf-8", "surrogatepass")) > MAX_NAME_BYTES:
        raise InvalidValue(f"the {what} is longer than {MAX_NAME_BYTES} bytes: {name[:40]!r}...")
    if ":" in name:
        raise InvalidValue(
            f"the {what} {name!r} holds a colon", remedy="Only one colon stands between name and version"
        )
    if name.isascii():
        if not name.isprintable():
            raise InvalidValue(f"the {what} {name!r} holds a control or invisible character")
    else:
        _check_unicode(name, what)
    _refuse_reserved(name, what)
    return name


def _check_unicode(name: str, what: str) -> None:
    from unicodedata import category, is_normalized  # costs 2 ms, and nearly every name is ASCII

    # Not `isprintable`: it refuses what this Python's Unicode has not assigned yet, and a newer one has.
    if any(category(char) in _INVISIBLE for char in name if char != " "):
        raise InvalidValue(f"the {what} {name!r} holds a control or invisible character")
    if not is_normalized("NFC", name):
        raise InvalidValue(f"the {what} {name!r} is not in Unicode normal form C", remedy="Type it in form C")


def _refuse_reserved(name: str, what: str) -> None:
    lowered = name.lower()
    if lowered.startswith((".", "-", " ")) or lowered.endswith((".", " ", ".lock")):
        raise InvalidValue(f"the {what} {name!r} may not start with '.', '-' or ' ', nor end with '.', ' ' or '.lock'")
    if lowered.split(".")[0] in _RESERVED or lowered == "model.json":
        raise InvalidValue(f"the {what} {name!r} is a name that file systems or the ledger reserve")


def is_name(_: Any, attribute: Any, value: Any) -> None:
    """Refuse what cannot be one part of a model version."""
    if not isinstance(value, str):
        raise InvalidValue(f"must be text, got {value!r}", field=attribute.name)
    try:
        check_name(value, attribute.name)
    except InvalidValue as error:
        raise error.below(attribute.name) from None


def is_context(_: Any, attribute: Any, value: Any) -> None:
    """Refuse what cannot name a context."""
    try:
        check_context(value)
    except InvalidValue as error:
        raise error.below(attribute.name) from None


@frozen
class ModelVersion:
    """A model version, written `name:version`, e.g. `veran:v6.2`."""

    model: str = field(validator=is_name)
    version: str = field(validator=is_name)

    def __str__(self) -> str:
        return f"{self.model}:{self.version}"

    @classmethod
    def parse(cls, text: str) -> "ModelVersion":
        """Return the model version that `text` names; the name ends at the first colon."""
        model, colon, version = text.partition(":")
        if not colon or not model or not version:
            raise InvalidValue(f"expected NAME:VERSION, got {text!r}", remedy="For example veran:v6.2")
        return cls(model, version)
