"""Facts kept in one file under `.git/`, so that the next command need not verify every record again.

Whatever the file holds is believed by lists alone. A file that is not as this module writes it, down to the type of
each value, is as good as none.
"""

import json
import os
from typing import Any

from gitgates.artifacts.files import NO_FOLLOW, open_regular
from gitgates.errors import GitgatesError
from gitgates.ledger.dashboard.facts import LiveFacts, ModelFacts, Summary, VersionFacts
from gitgates.model.frozen import frozen

FILE_NAME = "gitgates-dashboard.json"

_FORMAT = "gitgates-dashboard/1"
_MAX_BYTES = 256 * 2**20


@frozen
class Entry:
    """The facts of a model, and the state of its folder that they were read from."""

    state: str
    facts: ModelFacts


class Kept:
    """Facts by model, all read from ledgers of one state but for the models' own folders.

    Attributes:
        shared: what all entries depend on, in short.
    """

    def __init__(self, shared: str = "") -> None:
        self.shared = shared
        self._entries: dict[str, Entry] = {}
        self._raw: dict[str, Any] = {}
        self._changed = False

    @classmethod
    def load(cls, folder: str) -> "Kept":
        """Return what is kept in `folder`: nothing where there is no such file, or another could have written it."""
        try:
            value = json.loads(_read(os.path.join(folder, FILE_NAME)))
        except (GitgatesError, OSError, ValueError, RecursionError):
            return cls()
        if not isinstance(value, dict) or value.get("format") != _FORMAT or not isinstance(value.get("models"), dict):
            return cls()
        shared = value.get("state")
        if not isinstance(shared, str):
            return cls()
        kept = cls(shared)
        kept._raw = value["models"]
        return kept

    def start_anew(self, shared: str) -> None:
        """Forget everything unless it was read in the state `shared`."""
        if self.shared != shared:
            self.shared = shared
            self._entries, self._raw, self._changed = {}, {}, True

    def find(self, model: str, state: str, now: str) -> ModelFacts | None:
        """Return the facts of a model that still hold."""
        entry = self._entries.get(model)
        if entry is None and model in self._raw:
            entry = _entry(model, self._raw.pop(model))
        if entry is None or entry.state != state or not entry.facts.since <= now < entry.facts.until:
            return None
        self._entries[model] = entry
        return entry.facts

    def keep(self, state: str, facts: ModelFacts) -> None:
        """Remember the facts of a model."""
        self._entries[facts.model] = Entry(state, facts)
        self._raw.pop(facts.model, None)
        self._changed = True

    def save(self, folder: str) -> None:
        """Write the file in one step, for this user alone; where that is not possible, the next command reads again."""
        if not self._changed:
            return
        models = self._raw | {model: _value(entry) for model, entry in self._entries.items()}
        value = {"format": _FORMAT, "state": self.shared, "models": models}
        path = os.path.join(folder, FILE_NAME)
        scratch = f"{path}.{os.getpid()}.tmp"
        try:
            descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "w", encoding="utf-8") as file:
                file.write(json.dumps(value, separators=(",", ":")))
            os.replace(scratch, path)
        except OSError:
            if os.path.lexists(scratch):
                os.unlink(scratch)
        self._changed = False


def _read(path: str) -> bytes:
    """Return the bytes of a file that only this user can write.

    Raises:
        OSError: somebody else can, or it is too large.
        InputFileError: it is no file.
    """
    with open(open_regular(path, NO_FOLLOW), "rb") as file:
        status = os.fstat(file.fileno())
        own = not hasattr(os, "geteuid") or (status.st_uid == os.geteuid() and not status.st_mode & 0o022)
        if not own or status.st_size > _MAX_BYTES:
            raise OSError
        return file.read(_MAX_BYTES)


def _value(entry: Entry) -> list[Any]:
    facts = entry.facts
    versions = [[v.version, v.first_report, [_row(summary) for summary in v.contexts]] for v in facts.versions]
    live = [[one.context, one.target, one.version, one.certain] for one in facts.live]
    return [entry.state, facts.since, facts.until, versions, live]


def _row(one: Summary) -> list[Any]:
    told = [one.context, one.used, one.answer, one.reason, one.since, one.report, one.report_outcome]
    return [*told, one.report_created, list(one.waivers), list(one.waived)]


def _entry(model: str, value: Any) -> Entry | None:
    """Return the entry that `_value` wrote, None where it did not write this."""
    try:
        state, since, until, versions, live = value
        facts = ModelFacts(
            model,
            tuple(
                VersionFacts(_text(version), _text(first), tuple(map(_summary, rows)))
                for version, first, rows in versions
            ),
            tuple(
                LiveFacts(_text(context), _text(target), _text(version), _flag(certain))
                for context, target, version, certain in live
            ),
            _text(since),
            _text(until),
            certain=True,
        )
        return Entry(_text(state), facts)
    except (TypeError, ValueError):
        return None


_TYPES = [str, bool, str, str, str, str, str, str, list, list]


def _summary(row: Any) -> Summary:
    if [type(value) for value in row] != _TYPES:
        raise TypeError
    context, used, answer, reason, since, report, outcome, created, waivers, waived = row
    ids, words = tuple(map(_text, waivers)), tuple(map(_text, waived))
    return Summary(context, used, answer, reason, since, report, outcome, created, ids, words)


def _text(value: Any) -> str:
    if type(value) is not str:
        raise TypeError
    return value


def _flag(value: Any) -> bool:
    if type(value) is not bool:
        raise TypeError
    return value
