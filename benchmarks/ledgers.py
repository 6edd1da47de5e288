"""Big ledgers, made by `git fast-import`: every record goes through gitgates' own codec and is truly signed.

Tests may use this too: `build(folder, Shape(models=3, versions=2))`.
"""

import os
import subprocess
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from attrs import field, frozen

from benchmarks.fast_import import FastImport
from benchmarks.signer import PRINCIPAL, Signer
from benchmarks.stories import Setting, Story
from gitgates.codec.records import RecordCodec, record_id
from gitgates.decision.signed import Signed, SignedVersionRecord
from gitgates.ledger.genesis import create_ledger
from gitgates.ledger.index import anchor_bytes, note_lines
from gitgates.ledger.locate import DEDICATED_BRANCH, VERIFIED_REF
from gitgates.ledger.reading import Ledger
from gitgates.ledger.writing import commit_message
from gitgates.model.names import ModelVersion
from gitgates.model.paths import SIGNATURE_SUFFIX, anchor_path, record_path
from gitgates.model.records import Previous, VersionRecord
from gitgates.store.config import Config
from gitgates.store.notes import merge_lines
from gitgates.store.pack import ObjectBatch, object_id
from gitgates.store.refs import RefUpdate, update_refs
from gitgates.store.repository import Identity, Repository
from gitgates.trust.signing import find_key

FULL_LIFE = (
    "development report approve start end "
    "staging failing reject report approve start end rollback report approve "
    "production report approve withdraw report approve start end"
)
"""Twenty records, of every kind that a model version usually has; it ends live in production."""
SHORT_LIFE = "production report approve"

_SPAN = timedelta(days=20)
"""What the records are spread over: less than production's age limit of a report, so that all still count."""
_IDENTITY = Identity("Bench", PRINCIPAL)


@frozen(kw_only=True)
class Shape:
    """What a ledger holds: `models` models with `versions` versions, each with the records of `plan`."""

    models: int = 1
    versions: int = 5
    plan: str = FULL_LIFE

    @property
    def records_each(self) -> int:
        """How many records a version has."""
        return sum(word not in ("development", "staging", "production") for word in self.plan.split())

    @property
    def records(self) -> int:
        """How many records the ledger has, the policy aside."""
        return self.models * self.versions * self.records_each


@frozen
class Built:
    """A ledger that was made.

    Attributes:
        path: the repository's worktree; the ledger is on a branch of its own.
        key: file of the private key of its only member.
        last: the model version that was written last.
    """

    path: Path
    key: Path
    last: ModelVersion
    shape: Shape


def build(path: Path, shape: Shape, *, until: datetime | None = None) -> Built:
    """Make a repository at `path` that holds a ledger of this shape, on a branch of its own.

    Each record has a commit of its own, as `gitgates` makes them; each version is about a code commit of its own.

    Args:
        until: when the last record is made, by default now.
    """
    until = until or datetime.now(UTC)
    started = until - _SPAN
    path.mkdir(parents=True)
    _git(path, "init", "--quiet", "--initial-branch=main")
    repository = Repository.open(os.fspath(path))
    commits = _code(repository, shape.versions, started)
    _git(path, "reset", "--quiet", "--hard")
    key = Signer().write(path / ".git" / "bench_key")
    signing_key = find_key(os.fspath(key), os.environ, Config(()), os.fspath(path))
    genesis = create_ledger(repository, signing_key, PRINCIPAL, started, DEDICATED_BRANCH)
    with Ledger.open(os.fspath(path), environ={}) as ledger:
        setting = Setting(genesis.root, ledger.chain.current())
    with FastImport(repository, _IDENTITY) as importer:
        writer = _Writer(repository, importer, setting, genesis.commit, _times(started, shape.records))
        for model in range(shape.models):
            writer.model(f"model-{model:04}", shape, commits)
    tip = repository.resolve(DEDICATED_BRANCH)
    update_refs(repository, [RefUpdate(VERIFIED_REF, tip, genesis.commit)])  # as every append of one's own does
    return Built(path, key, ModelVersion(f"model-{shape.models - 1:04}", f"v{shape.versions - 1}"), shape)


def _git(path: Path, *args: str) -> None:
    subprocess.run(["git", *args], cwd=path, check=True)


def _code(repository: Repository, count: int, at: datetime) -> list[str]:
    """Put `count` commits on main and return their ids."""
    batch = ObjectBatch(repository.object_format)
    commits: list[str] = []
    for number in range(count):
        blob = bytes.fromhex(batch.blob(b"version = %d\n" % number))
        tree = batch.tree(b"100644 model.py\0" + blob)
        seconds = int(at.timestamp()) - count + number
        commits.append(batch.commit(tree, tuple(commits[-1:]), f"Version {number}", _IDENTITY, seconds))
    batch.write(repository)
    update_refs(repository, [RefUpdate("refs/heads/main", commits[-1], None)])
    return commits


def _times(started: datetime, count: int) -> Iterator[datetime]:
    for number in range(1, count + 1):
        yield started + _SPAN * number / (count + 1)


@frozen
class _Writer:
    """Signs records and hands them to git, model by model."""

    _repository: Repository
    _importer: FastImport
    _setting: Setting
    _genesis: str
    _times: Iterator[datetime]
    _signer: Signer = field(factory=Signer)
    _codec: RecordCodec = field(factory=RecordCodec)

    def model(self, model: str, shape: Shape, commits: list[str]) -> None:
        """Write all records of a model, then its index."""
        live: dict[str, Previous] = {}
        index: dict[str, dict[str, set[str]]] = {}
        for number, commit in enumerate(commits):
            name = ModelVersion(model, f"v{number}")
            story = Story(self._setting, name, commit, live)
            self._version(name, story, shape.plan, index)
        for ref, notes in index.items():
            files = {f"{target[:2]}/{target[2:]}": merge_lines(None, lines) for target, lines in notes.items()}
            self._importer.commit(ref, "gates: index", files)

    def _version(self, name: ModelVersion, story: Story, plan: str, index: dict[str, dict[str, set[str]]]) -> None:
        anchor = anchor_bytes(name.model, name.version)
        anchor_id = object_id(self._repository.object_format, "blob", anchor)
        known: dict[str, SignedVersionRecord] = {}
        for record in story.records(plan, self._times):
            data = self._codec.encode(record)
            identifier = record_id(data)
            story.wrote(record, identifier)
            first = {} if known else {anchor_path(name.model, name.version): anchor}
            known[identifier] = Signed(identifier, record, self._signer.public.text)
            self._append(record, identifier, data, first)
            for note in note_lines(identifier, record, anchor_id, known):
                index.setdefault(note.ref, {}).setdefault(note.object_id, set()).update(note.lines)

    def _append(self, record: VersionRecord, identifier: str, data: bytes, first: Mapping[str, bytes]) -> None:
        path = record_path(record, identifier)
        files = {**first, path: data, path + SIGNATURE_SUFFIX: self._signer.sign(data)}
        message = commit_message(identifier, record)
        self._importer.commit(DEDICATED_BRANCH, message, files, parent=self._genesis, at=record.created)
