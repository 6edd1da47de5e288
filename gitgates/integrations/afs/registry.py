"""AFS's model registry, where there is one: a version's scores and status read, and its status set on deployment."""

import json
from collections.abc import Callable, Mapping
from enum import Enum
from hashlib import sha256
from typing import Any, Protocol

from gitgates.api.files import File
from gitgates.errors import StoreError, UsageError
from gitgates.formats.afs_registry import MARK
from gitgates.model.fields import as_number
from gitgates.model.frozen import frozen
from gitgates.model.names import ModelVersion
from gitgates.model.policy import AFS_STATUSES

_SCORES = ("evaluation_scores", "scores", "evaluation", "metrics")
"""Where a version can keep its scores; the first that holds any is taken."""
_SETTERS = ("set_status", "update_status", "update_version_status")
"""Methods of a registry that take (model, version, status)."""
_MAX_DEPTH = 20


class RegisteredVersion(Protocol):
    """A version in the registry; its scores are a mapping, see `_SCORES`."""

    @property
    def status(self) -> Any:
        """One of `AFS_STATUSES`, as text or as an enum of text."""


class ModelRegistry(Protocol):
    """AFS's `ModelRegistry`."""

    def get_version(self, model: str, version: str) -> RegisteredVersion | None:
        """Return a version, None where there is none."""


@frozen
class Registered:
    """What the registry says of a model version.

    Attributes:
        scores: numbers by name, or mappings of such.
    """

    name: ModelVersion
    status: str
    scores: Mapping[str, Any]

    def file(self) -> File | None:
        """Return the scores as a file of the format `afs-registry`, None where there are none.

        The same scores give the same bytes.
        """
        if not self.scores:
            return None
        value = {
            MARK: 1,
            "model": self.name.model,
            "version": self.name.version,
            "status": self.status,
            "scores": self.scores,
        }
        data = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False).encode() + b"\n"
        return File("afs-registry.json", data, sha256(data).hexdigest())


def open_registry() -> ModelRegistry:
    """Return AFS's own registry.

    Raises:
        UsageError: AFS is not installed here, or its registry cannot be opened.
    """
    try:
        from importlib import import_module

        registry: ModelRegistry = import_module("afs.registry.database").ModelRegistry()
    except ImportError:
        raise UsageError(
            "AFS's model registry is not installed here: `import afs.registry.database` fails",
            remedy="Install AFS into this environment, or give the scores in a file with --metrics",
        ) from None
    except Exception as error:  # noqa: BLE001 -- AFS's own code, which may raise anything
        raise UsageError(f"AFS's model registry cannot be opened: {error!r}", remedy="Ask `afs doctor`") from None
    return registry


def find(registry: ModelRegistry, name: ModelVersion) -> Registered:
    """Return what the registry says of `name`.

    Raises:
        UsageError: it does not know the version, its status is unknown, or its scores are no numbers.
    """
    version = _called(lambda: registry.get_version(name.model, name.version))
    if version is None:
        raise UsageError(f"AFS's model registry knows no {name}", remedy="Register the version, or name another one")
    status = _word(version.status)
    if status not in AFS_STATUSES:
        raise UsageError(
            f"AFS's model registry gives {name} the unknown status {status!r}",
            remedy=f"It must be one of {', '.join(AFS_STATUSES)}",
        )
    given = next((found for one in _SCORES if isinstance(found := getattr(version, one, None), Mapping) and found), {})
    return Registered(name, status, _plain(given, str(name), 0))


def set_deployed(registry: ModelRegistry, name: ModelVersion) -> str:
    """Give `name` the status `deployed`; return what kept it from being done, "" where it was."""
    setter = next((found for one in _SETTERS if callable(found := getattr(registry, one, None))), None)
    if setter is None:
        return f"AFS's model registry has no way to set a status ({', '.join(_SETTERS)})"
    try:
        _called(lambda: setter(name.model, name.version, "deployed"))
    except StoreError as error:
        return error.message
    return ""


def _called(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Exception as error:  # noqa: BLE001 -- AFS's own code, which may raise anything
        raise StoreError(f"AFS's model registry raised {error!r}", remedy="Ask `afs doctor`") from None


def _word(status: object) -> str:
    return str(status.value if isinstance(status, Enum) else status)


def _plain(scores: Mapping[Any, Any], place: str, depth: int) -> dict[str, Any]:
    """Return scores as JSON can hold them: scalars of numpy and the like become numbers, None stays away."""
    if depth == _MAX_DEPTH:
        raise UsageError(f"{place}: the scores are nested more than {_MAX_DEPTH} deep")
    plain: dict[str, Any] = {}
    for name, value in scores.items():
        where = f"{place}: score {name}"
        if isinstance(value, Mapping):
            plain[str(name)] = _plain(value, where, depth + 1)
        elif value is not None:
            number = as_number(value)
            if not isinstance(number, int | float) or isinstance(number, bool):
                raise UsageError(f"{where} is {type(value).__name__}, not a number")
            plain[str(name)] = number
    return plain
