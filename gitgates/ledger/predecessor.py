"""The predecessor's files: one JSON object at a time to what it asserts. Tolerant in names, strict in types."""

import json
from typing import Any

from gitgates.errors import InputFileError, InvalidValue
from gitgates.model.frozen import frozen
from gitgates.model.names import ModelVersion, check_context

_ROLLBACK_WORDS = frozenset(["rollback", "rolled_back", "rolledback"])
_DEPLOY_WORDS = frozenset(
    ["deploy", "deployed", "deployment", "success", "succeeded", "failed", "started", "in_progress"]
)


@frozen
class Assertion:
    """What a source file says about a model version.

    Attributes:
        source: the file, and the line where it has many.
        sha256: digest of the file, or of the line with its newline.
    """

    source: str
    sha256: str
    name: ModelVersion
    context: str
    asserts: str
    claimed_by: str | None
    claimed_at: str | None
    notes: str | None


def read_approval(source: str, data: bytes, sha256: str) -> Assertion:
    """Return what an approval file asserts; InputFileError with file and field where it is wrong."""
    fields = _Fields(source, data)
    approved = fields.get("approved")
    if not isinstance(approved, bool):
        raise fields.wrong("approved", "true or false", approved)
    report = fields.get("gates_report")
    if not isinstance(report, dict | None):
        raise fields.wrong("gates_report", "an object", report)
    return Assertion(
        source=source,
        sha256=sha256,
        name=fields.name(),
        context=fields.context(),
        asserts="approval" if approved else "rejection",
        claimed_by=fields.text("approved_by"),
        claimed_at=fields.text("timestamp"),
        notes=fields.text("notes"),
    )


def read_deployment(source: str, data: bytes, sha256: str) -> Assertion:
    """Return what a line of a deployment log asserts; InputFileError with file and field where it is wrong."""
    fields = _Fields(source, data)
    words = [(key, fields.text(key)) for key in ("action", "status")]
    for key, word in words:
        if word is not None and word.lower() not in _ROLLBACK_WORDS | _DEPLOY_WORDS:
            raise fields.wrong(key, f"one of {', '.join(sorted(_ROLLBACK_WORDS | _DEPLOY_WORDS))}", word)
    is_rollback = any(word is not None and word.lower() in _ROLLBACK_WORDS for _, word in words)
    told = [("target", fields.text("deployment_target", "target")), *words, ("reason", fields.text("reason"))]
    return Assertion(
        source=source,
        sha256=sha256,
        name=fields.name(),
        context=fields.context(),
        asserts="rollback" if is_rollback else "deployment",
        claimed_by=fields.text("deployed_by", "rolled_back_by"),
        claimed_at=fields.text("timestamp"),
        notes="; ".join(f"{key}: {value}" for key, value in told if value) or None,
    )


class _Fields:
    """The keys of one JSON object, and errors that name file and field."""

    def __init__(self, source: str, data: bytes) -> None:
        self._source = source
        try:
            value = json.loads(data.decode("utf-8"), object_pairs_hook=self._unique)
        except (UnicodeDecodeError, RecursionError, ValueError) as error:
            raise InputFileError(source, f"$: not JSON: {error}", remedy=_REMEDY) from None
        if not isinstance(value, dict):
            raise self.wrong("", "an object", value)
        self._value: dict[str, Any] = value

    def get(self, *keys: str) -> Any:
        """Return the value of the first of `keys` that is there, None where none is; null counts as absent."""
        return next((self._value[key] for key in keys if self._value.get(key) is not None), None)

    def text(self, *keys: str) -> str | None:
        value = self.get(*keys)
        if value is not None and not isinstance(value, str):
            raise self.wrong(self._used(keys), "text", value)
        return value or None

    def name(self) -> ModelVersion:
        model, version = self._required("model_name", "model"), self._required("model_version", "version")
        try:
            return ModelVersion(model, version)
        except InvalidValue as problem:
            raise InputFileError(self._source, f"$: {problem.message}", remedy=problem.remedy) from None

    def context(self) -> str:
        context = self._required("context")
        try:
            return check_context(context)
        except InvalidValue as problem:
            raise InputFileError(self._source, f"$.context: {problem.message}", remedy=problem.remedy) from None

    def wrong(self, key: str, expected: str, value: Any) -> InputFileError:
        field = f"$.{key}" if key else "$"
        told = "missing" if value is None else f"got {value!r:.80}"
        return InputFileError(self._source, f"{field}: expected {expected}, {told}", remedy=_REMEDY)

    def _required(self, *keys: str) -> str:
        text = self.text(*keys)
        if text is None:
            raise self.wrong(keys[0], "text", None)
        return text

    def _used(self, keys: tuple[str, ...]) -> str:
        return next(key for key in keys if self._value.get(key) is not None)

    def _unique(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) != len(pairs):
            raise ValueError("a key stands twice in one object")
        return value


_REMEDY = "Mend the file or move it away; nothing was imported"
