"""The one strict converter between JSON values and attrs classes.

A class's fields are its schema: same names, same order, unknown keys refused, None written as an absent key, and so
is the default of a field that came later (`OMIT_DEFAULT`). The
tables are made once for each class, when it is first met, so that a command pays only for the kinds that it reads.
Why this is not cattrs: `docs/adr/0005-table-driven-converter.md`.
"""

import types
import typing
from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from typing import Any, TypeVar

import attrs

from gitgates.errors import InvalidValue
from gitgates.model.fields import OMIT_DEFAULT, Number
from gitgates.model.frozen import frozen
from gitgates.model.late import LATE

T = TypeVar("T")
_Reader = Callable[[Any], Any]
_Writer = Callable[[Any], Any]


@frozen
class _Slot:
    """How one field is read and written."""

    name: str
    read: _Reader
    write: _Writer
    required: bool
    fill: bool  # None must be passed on where the key is absent: the class has no default
    absent: Any  # the value that is written as an absent key


class Converter:
    """Reads and writes attrs classes; keeps the table of every class that it has met."""

    def __init__(self) -> None:
        """Start without tables."""
        self._tables: dict[type, tuple[_Slot, ...]] = {}

    def structure(self, cls: type[T], value: Any) -> T:
        """Return the `cls` that the JSON object `value` describes.

        Raises:
            InvalidValue: with the field's path, e.g. `$.checks[0].status`.
        """
        try:
            return self._read_class(cls, value)
        except InvalidValue as error:
            raise error.below("$") from None

    def unstructure(self, instance: "attrs.AttrsInstance") -> dict[str, Any]:
        """Return the JSON object that describes `instance`, its keys in the order of the fields."""
        described = {}
        for slot in self._table(type(instance)):
            value = getattr(instance, slot.name)
            if value is not None and value is not slot.absent:
                described[slot.name] = slot.write(value)
        return described

    def _table(self, cls: type) -> tuple[_Slot, ...]:
        table = self._tables.get(cls)
        if table is None:
            fields = attrs.fields(cls)
            table = tuple(self._slot(field) for field in fields if field.init)
            self._tables[cls] = table
        return table

    def _slot(self, field: "attrs.Attribute[Any]") -> _Slot:
        if late := field.metadata.get(LATE):
            return _Slot(field.name, self._late_reader(late), self._late_writer, False, False, None)
        optional, kind = _without_none(field.type)
        bare = field.default is attrs.NOTHING
        absent = field.default if field.metadata.get(OMIT_DEFAULT) else None
        return _Slot(
            field.name, self._reader(kind), self._writer(kind), bare and not optional, bare and optional, absent
        )

    def _read_class(self, cls: type[T], value: Any) -> T:
        if type(value) is not dict:
            raise InvalidValue(f"expected an object, got {_told(value)}")
        arguments = {}
        filled: dict[str, None] = {}
        for slot in self._table(cls):
            if slot.name in value:
                try:
                    arguments[slot.name] = slot.read(value[slot.name])
                except InvalidValue as error:
                    raise error.below(f".{slot.name}") from None
            elif slot.required:
                raise InvalidValue("missing", field=f".{slot.name}")
            elif slot.fill:
                filled[slot.name] = None
        if len(arguments) != len(value):
            raise _unknown_key(value, [slot.name for slot in self._table(cls)])
        try:
            return cls(**arguments, **filled)
        except InvalidValue as error:
            raise error.below("." if error.field else "") from None

    def _reader(self, kind: Any) -> _Reader:
        if kind == Number:
            return _read_number
        if typing.get_origin(kind) is tuple:
            return self._tuple_reader(typing.get_args(kind)[0])
        if attrs.has(kind):
            return lambda value: self._read_class(kind, value)
        if issubclass(kind, Enum):
            return _enum_reader(kind)
        return _PRIMITIVE_READERS[kind]

    def _tuple_reader(self, kind: Any) -> _Reader:
        read_item = self._reader(kind)

        def read(value: Any) -> tuple[Any, ...]:
            if type(value) is not list:
                raise InvalidValue(f"expected an array, got {_told(value)}")
            items = []
            for index, item in enumerate(value):
                try:
                    items.append(read_item(item))
                except InvalidValue as error:
                    raise error.below(f"[{index}]") from None
            return tuple(items)

        return read

    def _late_reader(self, late: Callable[[], type]) -> _Reader:
        """Return a reader of tuples that imports the class of their items only where there are some."""

        def read(value: Any) -> tuple[Any, ...]:
            return self._tuple_reader(late())(value) if value != [] else _refuse_empty()

        return read

    def _late_writer(self, items: tuple["attrs.AttrsInstance", ...]) -> list[dict[str, Any]]:
        return [self.unstructure(item) for item in items]

    def _writer(self, kind: Any) -> _Writer:
        if typing.get_origin(kind) is tuple:
            write_item = self._writer(typing.get_args(kind)[0])
            return lambda items: [write_item(item) for item in items]
        if kind is datetime:
            return time_text
        if kind == Number or kind in _PRIMITIVE_READERS:
            return _unchanged
        if attrs.has(kind):
            return self.unstructure
        return lambda member: member.value


def _without_none(kind: Any) -> tuple[bool, Any]:
    """Split `X | None` into (True, X); any other type stays as it is."""
    if isinstance(kind, types.UnionType) and types.NoneType in kind.__args__:
        rest = tuple(arg for arg in kind.__args__ if arg is not types.NoneType)
        return True, rest[0] if len(rest) == 1 else Number
    return False, kind


def _refuse_empty() -> tuple[Any, ...]:
    raise InvalidValue("must not be empty; leave it out")


def _told(value: Any) -> str:
    names = {dict: "an object", list: "an array", str: "text", bool: "a truth value", type(None): "null"}
    return names.get(type(value), "a number")


def _exactly(kind: type, meaning: str) -> _Reader:
    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise InvalidValue(f"expected {meaning}, got {_told(value)}")
        return value

    return read


def _read_number(value: Any) -> Number:
    if type(value) is int or type(value) is float:
        return value
    raise InvalidValue(f"expected a number, got {_told(value)}")


def _enum_reader(kind: type[Enum]) -> _Reader:
    members = {member.value: member for member in kind}

    def read(value: Any) -> Any:
        member = members.get(value) if type(value) is str else None
        if member is None:
            raise InvalidValue(f"must be one of {', '.join(members)}, got {value!r}")
        return member

    return read


def time_text(moment: datetime) -> str:
    """Return a UTC time as records spell it: 2026-11-23T09:30:00.000000Z."""
    text = moment.replace(tzinfo=None).isoformat(timespec="microseconds")  # strftime spells early years differently
    return f"{text}Z"


def read_time(value: Any) -> datetime:
    """Return the time that `time_text` spells as `value`; no other spelling is accepted."""
    try:
        moment = datetime.fromisoformat(value).replace(tzinfo=UTC)
    except (TypeError, ValueError):
        moment = None
    if moment is None or time_text(moment) != value:
        raise InvalidValue(f"expected a time like 2026-11-23T09:30:00.000000Z, got {value!r}")
    return moment


def _unchanged(value: Any) -> Any:
    return value


_PRIMITIVE_READERS: dict[Any, _Reader] = {
    str: _exactly(str, "text"),
    bool: _exactly(bool, "true or false"),
    int: _exactly(int, "a whole number"),
    datetime: read_time,
}


def _unknown_key(value: dict[str, Any], known: list[str]) -> InvalidValue:
    from difflib import get_close_matches  # only a mistake pays for it

    key = next(key for key in value if key not in known)
    near = get_close_matches(key, known, n=1)
    return InvalidValue("unknown key", field=f".{key}", remedy=f"Did you mean {near[0]}?" if near else "")
