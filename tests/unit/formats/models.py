"""Reading a file of model metrics, as its tests do."""

import json
from collections.abc import Mapping
from typing import Any

from gitgates.formats.base import Reading, Role
from gitgates.formats.detect import read, read_document
from gitgates.formats.document import FolderDocument
from gitgates.formats.options import ReadOptions


def read_model(value: Any, quality_score: str | None = None, **paths: str) -> Reading:
    """Read JSON, or text as it is; `paths` maps further metrics."""
    data = value if isinstance(value, str) else json.dumps(value)
    return read(Role.MODEL, "m", data.encode(), _options(quality_score, paths))


def read_run(files: Mapping[str, str], quality_score: str | None = None, **paths: str) -> Reading:
    """Read the folder of a run."""
    document = FolderDocument("run", {path: text.encode() for path, text in files.items()})
    return read_document(Role.MODEL, document, _options(quality_score, paths))


def _options(quality_score: str | None, paths: dict[str, str]) -> ReadOptions:
    return ReadOptions(metric_paths=paths | ({} if quality_score is None else {"quality_score": quality_score}))
