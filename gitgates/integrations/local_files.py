"""`LocalFileIntegration`: reports, approvals and blocks as files in a folder, for people and other tools to read.

Nothing here is signed or committed, and nothing here is ever a reason to deploy.
"""

import json
import os
from datetime import UTC, datetime
from typing import Any

from gitgates.errors import NoRepository, StoreError
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
        self._ignore = report_dir is None

    def report(self, report: QualityGateReport) -> str:
        """Write `report`, an empty one too, and return the file's path.

        Raises:
            StoreError: the folder or file cannot be written.
        """
        now = datetime.now(UTC)
        name = encode_component(f"{report.model_name}-{report.model_version}-{report.context}")
        path = os.path.join(self.report_dir, f"report-{name}-{now:%Y%m%dT%H%M%S%fZ}.json")
        self._write(path, "x", json.dumps(report.to_dict(), indent=2, default=str) + "\n")
        return path

    def block_merge(self, report: QualityGateReport, reason: str) -> None:
        """Note in `blocks.jsonl` that `report` blocks a merge, and why."""
        self._append("blocks.jsonl", {**report.summary(), "reason": reason})

    def approve_deployment(self, model_name: str, model_version: str) -> bool:
        """Note in `approvals.jsonl` that somebody approved here; return True once it is written."""
        name = ModelVersion(model_name, model_version)
        self._append("approvals.jsonl", {"model_name": name.model, "model_version": name.version})
        return True

    def _append(self, file_name: str, entry: dict[str, Any]) -> None:
        line = json.dumps({**entry, "timestamp": datetime.now(UTC).isoformat()}, default=str) + "\n"
        self._write(os.path.join(self.report_dir, file_name), "a", line)

    def _write(self, path: str, mode: str, text: str) -> None:
        try:
            os.makedirs(self.report_dir, exist_ok=True)
            if self._ignore:  # the ledger's own .gitignore is there only where a ledger is
                with open(os.path.join(self.report_dir, ".gitignore"), "w", encoding="utf-8") as file:
                    file.write("*\n")
            with open(path, mode, encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise StoreError(f"{path}: {error.strerror}", remedy="Choose a folder that can be written") from None


def _default_folder() -> str:
    try:
        top = Repository.open().worktree
    except NoRepository:
        top = None
    return os.path.join(top or os.curdir, LEDGER_FOLDER, "local")
