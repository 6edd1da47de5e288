"""Formats of other packages: entry points of the group `gitgates.formats`, each an object that is a `Format`.

They are asked only where no built-in format fits. One that cannot be used is told of and never passed over in silence,
since a file that it would read is then of no known format for the wrong reason.
"""

from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import attrs

from gitgates.errors import GitgatesError, InputFileError
from gitgates.formats.base import Format, MetricsOfRole, Reading, Role
from gitgates.formats.document import Document
from gitgates.formats.options import ReadOptions
from gitgates.model.frozen import frozen
from gitgates.model.metrics import ModelMetrics, SecurityScanResults, TestMetrics

GROUP = "gitgates.formats"
_KINDS: dict[Role, type[MetricsOfRole]] = {
    Role.TESTS: TestMetrics,
    Role.MODEL: ModelMetrics,
    Role.SECURITY: SecurityScanResults,
}
_MAX_TEXT = 200


@frozen
class Plugin:
    """A format of another package.

    Attributes:
        origin: who brought it, e.g. `acme-formats 1.2`.
    """

    format: Format
    origin: str


@frozen
class Installed:
    """What is installed.

    Attributes:
        plugins: those that can be used, in order of their names.
        faults: one sentence for each that cannot.
    """

    plugins: tuple[Plugin, ...] = ()
    faults: tuple[str, ...] = ()

    def fitting(self, document: Document, role: Role) -> Format | None:
        """Return the only format that `document` is of and that serves `role`, guarded; None if there is none.

        Raises:
            InputFileError: several fit, or one of them fails.
        """
        serving = [plugin for plugin in self.plugins if role in plugin.format.roles]
        fitting = [plugin for plugin in serving if _guarded(document, plugin, plugin.format.matches, document)]
        if len(fitting) > 1:
            named = ", ".join(f"{plugin.format.name} of {plugin.origin}" for plugin in fitting)
            raise InputFileError(document.file, f"could be any of: {named}", remedy="Uninstall all but one of them")
        return _checked(fitting[0], role) if fitting else None


def load(taken: Iterable[str]) -> Installed:
    """Return all formats of other packages; a name in `taken` is refused to them."""
    names = dict.fromkeys(taken, "gitgates")
    plugins, faults = [], []
    for point in sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value)):
        origin = _origin(point)
        try:
            found = _format(point.load(), names)
        except Exception as error:  # noqa: BLE001 -- whatever a stranger's code raises, it must be told of
            faults.append(f"the plug-in {point.name!r} of {origin} cannot be used: {_words(error)}")
        else:
            names[found.name] = origin
            plugins.append(Plugin(found, origin))
    return Installed(tuple(plugins), tuple(faults))


def _origin(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else "an unknown package"


def _format(found: object, taken: Mapping[str, str]) -> Format:
    """Return `found` if it is a `Format` that can be used beside those whose names are `taken`."""
    if not isinstance(found, Format):
        raise TypeError(f"it must be a gitgates.formats.base.Format, not {type(found).__name__}")
    for text in (found.name, found.title):
        if not _is_short_text(text):
            raise TypeError("its name and title must be short, printable texts")
    roles: Any = found.roles
    if not isinstance(roles, tuple) or not roles or not all(role in _KINDS for role in roles):
        raise TypeError("its roles must be a tuple of at least one Role")
    if found.name in taken:
        raise TypeError(f"the name {found.name!r} is taken by {taken[found.name]}")
    return found


def _is_short_text(text: object) -> bool:
    return isinstance(text, str) and text.isprintable() and 0 < len(text) <= _MAX_TEXT


def _words(error: Exception) -> str:
    text = " ".join(str(error).split())[:_MAX_TEXT]
    return text if isinstance(error, TypeError) and text else f"{type(error).__name__}: {text}"


def _guarded(document: Document, plugin: Plugin, call: Callable[..., Any], *args: object) -> Any:
    """Call what a plug-in gave; whatever it raises becomes an error that names the file and the plug-in."""
    try:
        return call(*args)
    except GitgatesError:
        raise
    except Exception as error:
        raise _failed(document, plugin, _words(error)) from error


def _failed(document: Document, plugin: Plugin, fault: str) -> InputFileError:
    who = f"the plug-in {plugin.format.name!r} of {plugin.origin}"
    return InputFileError(document.file, f"{who} failed on it: {fault}", remedy="Tell its authors, or uninstall it")


def _checked(plugin: Plugin, role: Role) -> Format:
    """Return the plug-in's format with a `read` that holds it to what a format must give."""
    own = plugin.format

    def read(document: Document, options: ReadOptions) -> Reading:
        found = _guarded(document, plugin, own.read, document, options)
        if not isinstance(found, Reading) or type(found.metrics) is not _KINDS[role]:
            raise _failed(document, plugin, f"it must return a Reading of {_KINDS[role].__name__}")
        if found.format != own.name:
            raise _failed(document, plugin, f"it calls its format {str(found.format)[:_MAX_TEXT]!r}")
        return attrs.evolve(found, file=document.file, notes=tuple(map(str, found.notes)))

    return Format(own.name, own.title, own.roles, own.matches, read)
