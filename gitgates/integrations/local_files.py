"""`LocalFileIntegration`: reports, approvals and blocks as files in a folder, for people and other tools to read.

Nothing here is signed or committed, and nothing here is ever a reason to deploy.
"""

import json
import os
from datetime import UTC, datetime
from typing import Any

from gitgates.errors import NoRepository
from gitgates.integrations.report_folder import ReportFolder
from gitgates.model.checks import QualityGateReport
from gitgates.model.names import ModelVersion
from gitgates.model.paths import LEDGER_FOLDER, encode_component
from gitgates.store.repository import Repository


class LocalFileIntegration:
    """Writes `report-*.json`, `approvals.jsonl` and `blocks.jsonl` into a folder.

    Attributes:
        report_dir: the folder; made with the first file.
    """

    def __init__(self, report_dir: "str | os.PathLike[str] | None" = None) -> None:
        """Use `report_dir`, by default `.quality-gates/local/` at the top of the repository, which git ignores."""
        self.report_dir = os.fspath(report_dir) if report_dir is not None else _default_folder()
        own = () if report_dir is not None else (os.path.dirname(self.report_dir), self.report_dir)
        self._folder = ReportFolder(self.report_dir, own)

    def report(self, report: QualityGateReport) -> str:
        """Write `report`, an empty one too, and return the file's path.

        Raises:
            StoreError: the folder or file cannot be written.
        """
        now = datetime.now(UTC)
        name = encode_component(f"{report.model_name}-{report.model_version}-{report.context}")
        text = json.dumps(report.to_dict(), indent=2, default=str) + "\n"
        return self._folder.put(f"report-{name}-{now:%Y%m%dT%H%M%S%fZ}.json", text)

    def block_merge(self, report: QualityGateReport, reason: str) -> None:
        """Note in `blocks.jsonl` that `report` blocks a merge, and why."""
        _append(self._folder, "blocks.jsonl", {**report.summary(), "reason": reason})

    def approve_deployment(self, model_name: str, model_version: str) -> bool:
        """Note in `approvals.jsonl` that somebody approved here; return True once it is written."""
        return note_approval(self._folder, model_name, model_version)


def note_approval(folder: ReportFolder, model_name: str, model_version: str) -> bool:
    """Note in `approvals.jsonl` of a folder that somebody approved here; return True once it is written."""
    name = ModelVersion(model_name, model_version)
    _append(folder, "approvals.jsonl", {"model_name": name.model, "model_version": name.version})
    return True


def _append(folder: ReportFolder, file_name: str, entry: dict[str, Any]) -> None:
    entry = {**entry, "timestamp": datetime.now(UTC).isoformat()}
    folder.append(file_name, json.dumps(entry, default=str) + "\n")


def _default_folder() -> str:
    try:
        top = Repository.open().worktree
    except NoRepository:
        top = None
    return os.path.join(top or os.curdir, LEDGER_FOLDER, "local")
