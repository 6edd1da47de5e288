"""Seals: which records a policy found in place when it was written."""

from collections.abc import Mapping

from gitgates.errors import InvalidValue
from gitgates.model.paths import decode_component, encode_component

VersionName = tuple[str, str]
Seal = Mapping[VersionName, tuple[str, ...]]
"""(model, version) to the ids of its heads."""

_HEX = frozenset("0123456789abcdef")


def render_seal(heads: Seal) -> bytes:
    """Return the bytes of a seal file: sorted lines `<model>/<version> <head id>...`, percent-encoded like paths."""
    lines = [
        f"{encode_component(model)}/{encode_component(version)} {' '.join(sorted(set(ids)))}\n"
        for (model, version), ids in heads.items()
        if ids
    ]
    return "".join(sorted(lines)).encode("ascii")


def parse_seal(data: bytes) -> Seal:
    """Return what a seal file says; InvalidValue unless `render_seal` would write these bytes."""
    heads: dict[VersionName, tuple[str, ...]] = {}
    for line in data.decode("ascii", "replace").splitlines():
        name, *ids = line.split(" ")
        model, _, version = name.partition("/")
        if not ids or any(len(i) != 64 or not _HEX.issuperset(i) for i in ids):
            raise InvalidValue(f"{line[:80]!r} is not `<model>/<version> <head id>...`", field="seal")
        heads[decode_component(model), decode_component(version)] = tuple(ids)
    if render_seal(heads) != data:
        raise InvalidValue("not sorted, or not in its one spelling", field="seal")
    return heads
