"""`frozen`: that of attrs, with one `__repr__`, `__eq__` and `__hash__` for all classes.

attrs writes these methods anew for each class and compiles them when the class is made, which is at every start. For
the seventy classes of one `can-deploy` that costs as much as reading and verifying twenty records.
"""

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from attrs import frozen as frozen  # noqa: PLC0414 -- type checkers know what it does to a class
else:

    def frozen(cls: type | None = None, **options: Any) -> Any:
        """Make an immutable class of `cls`; options as `attrs.frozen` takes them."""

        def make(cls: type) -> type:
            for name, method in (("__repr__", _repr), ("__eq__", _eq), ("__hash__", _hash)):
                if name not in vars(cls):
                    setattr(cls, name, method)
            return attrs.frozen(cls, repr=False, eq=False, **options)

        return make if cls is None else make(cls)


def _repr(self: Any) -> str:
    shown = (f"{field.name}={getattr(self, field.name)!r}" for field in attrs.fields(self.__class__) if field.repr)
    return f"{self.__class__.__qualname__}({', '.join(shown)})"


def _eq(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    values = _values_of(self.__class__)
    return values(self) == values(other)


def _hash(self: Any) -> int:
    return hash((self.__class__, _values_of(self.__class__)(self)))


@cache
def _values_of(cls: type) -> Callable[[Any], Any]:
    """Return a function from an instance to what it is compared by."""
    names = [field.name for field in attrs.fields(cls) if field.eq]
    return attrgetter(*names) if names else lambda _: ()
