"""The folder of a run in MLflow's file store, `mlruns/<experiment>/<run>`, seen: 2.9.2 and 3.x.

`metrics/` holds one file a metric, and each line of it one point: milliseconds, value, step, and in MLflow 3 the name
and digest of a data set. The number taken is MLflow's own: that of the highest step, then the latest time, then the
highest value. Numbers are called as they were logged, `val/accuracy`. `meta.yaml` tells the run's state.
"""

import math
import re
from io import BytesIO

from gitgates.errors import InputFileError
from gitgates.formats.base import Format, Reading, Role
from gitgates.formats.candidates import Candidates
from gitgates.formats.document import Document, FolderDocument, as_folder
from gitgates.formats.mlflow_run import STATUSES, judge_state
from gitgates.formats.options import ReadOptions
from gitgates.formats.taking import take

NAME = "mlflow-store"
METRICS, META = "metrics/", "meta.yaml"
PARTS = ("metrics", META)
"""What is read of the folder: parameters, tags and artifacts are not."""
_STATE = re.compile(rb"^(status|lifecycle_stage): *([A-Za-z0-9]+) *\r?$", re.MULTILINE)
MAX_POINTS = 500_000
"""Of one metric."""

_Point = tuple[int, int, float, str]
"""Step, time, value and data set."""


def matches(document: Document) -> bool:
    """Tell whether this is the folder of a run."""
    return isinstance(document, FolderDocument) and any(path.startswith(METRICS) for path in document.files)


def read(document: Document, options: ReadOptions) -> Reading:
    """Return the metrics of the run."""
    document = as_folder(document)
    notes = _judge_meta(document)
    found = Candidates(document.file)
    for path, data in document.files.items():
        if path.startswith(METRICS):
            value, fault = _last(document.file, path, data)
            found.add(path.removeprefix(METRICS), value, path, fault=fault)
    return take(found, NAME, options, notes)


def _judge_meta(document: FolderDocument) -> tuple[str, ...]:
    told = {key.decode(): value.decode() for key, value in _STATE.findall(document.files.get(META, b""))}
    status = told.get("status")
    if status is None:
        return (f"no status in {META}: whether the run was finished is not known",)
    if status.isdigit() and 0 < int(status) <= len(STATUSES):
        status = STATUSES[int(status) - 1]
    return judge_state(document.file, status, told.get("lifecycle_stage"), META)


def _last(file: str, path: str, data: bytes) -> tuple[float, str]:
    """Return the number that a metric's file stands for, and why it cannot be taken, or ""."""
    if data.count(b"\n") > MAX_POINTS:
        raise InputFileError(file, f"{path}: holds more than {MAX_POINTS} points")
    newest: tuple[int, int] | None = None
    values: list[float] = []
    data_sets = set()
    for number, line in enumerate(BytesIO(data), 1):
        point = _point(line.split())
        if point is None:
            raise InputFileError(file, f"{path}: line {number} is no point of a metric")
        step, time, value, data_set = point
        data_sets.add(data_set)
        if newest is None or (step, time) > newest:
            newest, values = (step, time), []
        if (step, time) == newest:
            values.append(value)
    if not values:
        raise InputFileError(file, f"{path}: holds no point")
    if len(data_sets) > 1:
        return 0.0, "was logged for several data sets"
    odd = [value for value in values if not math.isfinite(value)]
    return (0.0, f"its last value is {odd[0]}") if odd else (max(values), "")


def _point(parts: list[bytes]) -> _Point | None:
    if len(parts) not in (2, 3, 5):
        return None
    try:
        step = int(parts[2]) if len(parts) > 2 else 0
        return step, int(parts[0]), float(parts[1]), b" ".join(parts[3:]).decode()
    except ValueError:
        return None


FORMAT = Format(NAME, "MLflow run folder", (Role.MODEL,), matches, read)
