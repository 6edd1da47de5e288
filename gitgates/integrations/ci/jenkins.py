"""`JenkinsIntegration`: JUnit XML and JSON in a folder, for the steps `junit` and `archiveArtifacts`.

GitLab takes the same XML as `artifacts:reports:junit`. Nothing here is ever a reason to deploy.
"""

import contextlib
import json
import os
from typing import Any

from gitgates.errors import StoreError
from gitgates.integrations.ci import junit
from gitgates.integrations.ci.told import Told
from gitgates.integrations.local_files import LocalFileIntegration
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
        self._ignore = build_path is None

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
        return LocalFileIntegration(self.build_path).approve_deployment(model_name, model_version)

    def _write(self, told: Told, value: dict[str, Any], blocked: str = "") -> str:
        text = json.dumps(value, indent=2, default=str) + "\n"
        write_file(self.build_path, f"{told.file_name}.json", text, ignore=self._ignore)
        return write_file(self.build_path, f"{told.file_name}.xml", junit.render([told], blocked), ignore=self._ignore)


def write_file(folder: str, name: str, text: str, *, ignore: bool) -> str:
    """Write a file into `folder`, whole or not at all, and return its path.

    Args:
        ignore: have git ignore the folder, so that the worktree is as it was; a `.gitignore` that is there stays.
            Nobody named the folder then, so it may not be a link: the repository would choose where files go.

    Raises:
        StoreError: it cannot be written, or it may not be.
    """
    if ignore and os.path.islink(folder):
        text = f"{folder}: it is a link, and what it names is no place for reports"
        raise StoreError(text, remedy="Remove it from the repository")
    path = os.path.join(folder, name)
    try:
        os.makedirs(folder, exist_ok=True)
        if ignore:
            with contextlib.suppress(FileExistsError):
                _make(os.path.join(folder, ".gitignore"), "*\n")
        _put(path, text)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}", remedy="Choose a folder that can be written") from None
    return path


def _put(path: str, text: str) -> None:
    beside = f"{path}.{os.getpid()}"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(beside)  # of a process that was killed, or a link that somebody put there
    _make(beside, text)
    os.replace(beside, path)


def _make(path: str, text: str) -> None:
    with open(path, "x", encoding="utf-8", newline="\n") as file:  # which follows no link
        file.write(text)


def _default_folder() -> str:
    return os.path.join(os.environ.get("WORKSPACE") or os.curdir, FOLDER)
