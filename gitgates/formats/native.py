"""Native JSON: one object with the fields of `TestMetrics`, `ModelMetrics` or `SecurityScanResults`.

An object is taken for native if at least half of its keys are such fields; then any other key is an error.
"""

from typing import TYPE_CHECKING, Any

import attrs

from gitgates.errors import InputFileError, InvalidValue
from gitgates.formats.base import AnyMetrics, Format, Reading, Role, measured
from gitgates.formats.document import Document, JsonDocument, as_json
from gitgates.formats.options import ReadOptions
from gitgates.model.metric_paths import COVERAGE
from gitgates.model.metrics import ModelMetrics, SecurityScanResults, TestMetrics
from gitgates.model.vulnerabilities import Vulnerability

if TYPE_CHECKING:
    from gitgates.formats.candidates import Candidates

_OWN_TABLE = "[[tool.afs.gates.CONTEXT.metric]]"
"""Where `config.files` reads metrics of a project's own from."""
MAX_TEXT = 200
"""Characters of a text field; it stands in a record."""

_MAX_KEY = 80
_TEXTS = ("scan_timestamp", "scan_tool")
_LISTED = "vulnerabilities"
_NO_NUMBERS = (*_TEXTS, _LISTED)
_NOT_JUDGED = {Role.TESTS: (), Role.MODEL: ("baseline_accuracy",), Role.SECURITY: ()}
"""Numbers that files written for AFS carry and that no gate judges."""

_FLAG_OF = {
    attribute.name: role.flags
    for role, kind in ((Role.TESTS, TestMetrics), (Role.MODEL, ModelMetrics), (Role.SECURITY, SecurityScanResults))
    for attribute in attrs.fields(kind)
}


def names_near(key: str, known: tuple[str, ...]) -> str:
    """Return a remedy for the unknown `key`: the known key that it probably stands for, or all of them."""
    from difflib import get_close_matches  # only a mistake pays for it

    near = get_close_matches(key[:_MAX_KEY], known, n=1)  # it costs the square of a long one
    return f"Did you mean {near[0]}?" if near else f"Known keys: {', '.join(known)}"


def _check_text(document: JsonDocument, name: str, value: object) -> None:
    if value is None:
        return
    text = document.expect(value, str, f"$.{name}")
    if len(text) > MAX_TEXT or not text.isprintable():
        raise InputFileError(document.file, f"$.{name}: must be at most {MAX_TEXT} printable characters")


def _vulnerabilities(document: JsonDocument, value: object) -> tuple[Vulnerability, ...]:
    """Return the vulnerabilities that a list of `{"id": ..., "severity": ..., "count": 1}` names."""
    found = []
    for index, item in enumerate(document.expect(value, list, f"$.{_LISTED}")):
        where = f"$.{_LISTED}[{index}]"
        told: dict[str, Any] = document.expect(item, dict, where)
        for key in told.keys() - {"id", "severity", "count"}:
            raise InputFileError(
                document.file, f"{where}.{key[:_MAX_KEY]}: unknown key", remedy="Known: id, severity, count"
            )
        try:
            found.append(Vulnerability(told.get("id", ""), told.get("severity", ""), told.get("count", 1)))
        except InvalidValue as error:
            raise InputFileError(document.file, f"{where}.{error.message}") from None
    return tuple(found)


def _notes(document: JsonDocument, ignored: dict[str, Any]) -> tuple[str, ...]:
    for name, value in ignored.items():
        measured(document.file, ModelMetrics, {"quality_score": value}, {"quality_score": f"$.{name}"})
    return tuple(f"$.{name} is not judged by any gate" for name in ignored)


def _format(role: Role, kind: type[AnyMetrics], title: str) -> Format:
    known: tuple[str, ...] = tuple(attribute.name for attribute in attrs.fields(kind))
    expected = frozenset((*known, *_NOT_JUDGED[role]))
    name = f"native-{role}"

    def matches(document: Document) -> bool:
        if not isinstance(document, JsonDocument) or not isinstance(document.value, dict):
            return False
        # Other tools' files also have an `accuracy` or a `latency_ms`, among much that is not native.
        hits = len(document.value.keys() & expected)
        return hits > 0 and 2 * hits >= len(document.value)

    def read(document: Document, options: ReadOptions) -> Reading:
        document = as_json(document)
        own: frozenset[str] = (options.own_paths if role is Role.MODEL else None) or frozenset()
        values: dict[str, Any]
        values, ignored = _sorted_out(document, role, known, own)
        numbers = (document.value[key] for key in (*values, *own) if key in document.value and key not in _NO_NUMBERS)
        if all(value is None for value in numbers):
            raise InputFileError(document.file, "$: holds no number")
        if options.coverage is not None and values.get("coverage_percent") is not None:
            raise _unknown_figure(document, options)
        given = {attribute: values.get(attribute) for attribute in known}
        metrics = measured(document.file, kind, given, {attribute: f"$.{attribute}" for attribute in known})
        notes = _notes(document, ignored)
        return Reading(document.file, name, metrics, notes, (), lambda: _numbers(document))

    return Format(name, title, (role,), matches, read)


def _sorted_out(
    document: JsonDocument, role: Role, known: tuple[str, ...], own: frozenset[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the object holds of the known fields, and of those that no gate judges.

    Args:
        own: further keys that it may have, of metrics of the project's own.
    """
    values: dict[str, Any] = {}
    ignored: dict[str, Any] = {}
    for key, value in document.value.items():
        if key in known:
            if key in _TEXTS:
                _check_text(document, key, value)
            values[key] = _vulnerabilities(document, value) if key == _LISTED and value is not None else value
        elif key in _NOT_JUDGED[role]:
            ignored[key] = value
        elif key in own:
            if not isinstance(value, int | float | None):
                raise InputFileError(document.file, f"$.{key[:_MAX_KEY]}: must be a number, a metric is read from it")
        else:
            raise _unknown(document, role, key, (*known, *sorted(own)))
    return values, ignored


def _numbers(document: JsonDocument) -> "Candidates":
    from gitgates.formats.candidates import Candidates  # only metrics of the project's own pay for it

    found = Candidates(document.file)
    for key, value in document.value.items():
        found.add(key, value, f"$.{key[:_MAX_KEY]}")
    return found


def _unknown_figure(document: JsonDocument, options: ReadOptions) -> InputFileError:
    fault = f"$.coverage_percent: does not tell what it counts, and the figure asked for is {options.coverage}"
    if COVERAGE in options.pinned:
        remedy = "Give the coverage tool's own report, or have an admin change metric_paths in the policy"
    else:
        remedy = "Give the coverage tool's own report, or leave out --coverage (or coverage_percent in pyproject.toml)"
    return InputFileError(document.file, fault, remedy=remedy)


def _read_mapped(document: Document, options: ReadOptions) -> Reading:
    """Return model metrics; where the user maps some of them to names of numbers, other keys are no errors."""
    if not options.metric_paths:
        return _MODEL.read(document, options)
    from gitgates.formats.candidates import Candidates, leaves, shown  # only mappings pay for it
    from gitgates.formats.taking import own_names_first, take

    document = as_json(document)
    known = tuple(attribute.name for attribute in attrs.fields(ModelMetrics))
    found = Candidates(document.file)
    nested = {key: value for key, value in document.value.items() if key not in known}
    own_values = {key: value for key, value in document.value.items() if key in known}
    for path, value in (*own_values.items(), *leaves(nested)):
        found.add(path, value, f"$.{path[:_MAX_KEY]}")
    pinned = frozenset[str]() if options.own_names else options.pinned
    mapping = own_names_first(found, options.metric_paths, pinned)
    own = options.metric_paths.keys() - mapping.keys()
    notes = [f"{metric} is the file's own, it has no {shown(options.metric_paths[metric])}" for metric in sorted(own)]
    named = {*known, *mapping.values(), *(options.own_paths or ())}
    ignored = (key for key in found if key not in named)
    notes += [f"$.{shown(key)} is not judged by any gate" for key in ignored]
    return take(
        found,
        _MODEL.name,
        attrs.evolve(options, metric_paths=mapping),
        notes,
        own=known,
        meant=known,
        needs_quality=False,
    )


def _unknown(document: JsonDocument, role: Role, key: str, known: tuple[str, ...]) -> InputFileError:
    if key in _FLAG_OF:
        remedy = f"It belongs into a file of its own, given with {_FLAG_OF[key]}"
    else:
        remedy = names_near(key, known)
        if role is Role.MODEL:
            remedy = f"{remedy}{'' if remedy.endswith('?') else '.'} A metric of your own is defined in {_OWN_TABLE}"
    return InputFileError(document.file, f"$.{key[:_MAX_KEY]}: unknown key", remedy=remedy)


TESTS = _format(Role.TESTS, TestMetrics, "native JSON of test metrics")
_MODEL = _format(Role.MODEL, ModelMetrics, "native JSON of model metrics")
MODEL = Format(_MODEL.name, _MODEL.title, _MODEL.roles, _MODEL.matches, _read_mapped)
SECURITY = _format(Role.SECURITY, SecurityScanResults, "native JSON of a security scan")
