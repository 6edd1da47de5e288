"""`JenkinsIntegration`: JUnit XML and JSON in a folder, for the steps `junit` and `archiveArtifacts`.

GitLab takes the same XML as `artifacts:reports:junit`. Nothing here is ever a reason to deploy.
"""

import json
import os
from typing import Any

from gitgates.integrations.ci import junit
from gitgates.integrations.ci.told import Told
from gitgates.integrations.local_files import note_approval
from gitgates.integrations.report_folder import ReportFolder
from gitgates.model.checks import QualityGateReport

FOLDER = "gates-reports"
"""Where reports go unless another folder is named, below the folder that the command works in."""


class JenkinsIntegration:
    """Writes `<model>@<version>@<context>.xml` and `.json` into a folder; a later report replaces an earlier one.

    Attributes:
        build_path: the folder; made with the first file.
    """

    def __init__(self, build_path: "str | os.PathLike[str] | None" = None) -> None:
        """Use `build_path`, by default `gates-reports/` in the workspace, which git then ignores."""
        self.build_path = os.fspath(build_path) if build_path is not None else _default_folder()
        self._folder = ReportFolder(self.build_path, () if build_path is not None else (self.build_path,))

    def report(self, report: QualityGateReport) -> str:
        """Write `report` as JUnit XML and as JSON; return the path of the XML.

        Raises:
            StoreError: a file cannot be written.
        """
        return self._write(Told(report=report), report.to_dict())

    def block_merge(self, report: QualityGateReport, reason: str) -> str:
        """Write `report` with a further test case, which failed for that reason; return the path of the XML."""
        return self._write(Told(report=report), {**report.to_dict(), "merge_blocked": reason}, reason or "no reason")

    def approve_deployment(self, model_name: str, model_version: str) -> bool:
        """Note in `approvals.jsonl` that somebody approved here; return True once it is written."""
        return note_approval(self._folder, model_name, model_version)

    def _write(self, told: Told, value: dict[str, Any], blocked: str = "") -> str:
        self._folder.put(f"{told.file_name}.json", json.dumps(value, indent=2, default=str) + "\n")
        return self._folder.put(f"{told.file_name}.xml", junit.render([told], blocked))


def _default_folder() -> str:
    return os.path.join(os.environ.get("WORKSPACE") or os.curdir, FOLDER)
