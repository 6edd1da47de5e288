"""The coverage that pytest-cov measured, as coverage.py's own JSON report: the figure is the one `check` would take."""

import contextlib
import os
import warnings
from tempfile import TemporaryDirectory

import pytest

from gitgates.artifacts.files import read_input
from gitgates.errors import InputFileError


def coverage_of(config: pytest.Config) -> bytes | None:
    """Return the report of the run; None where pytest-cov measures nothing.

    Raises:
        InputFileError: pytest-cov was asked to measure, and there is nothing to report.
    """
    plugin = config.pluginmanager.get_plugin("_cov")  # the name under which pytest-cov registers
    controller = getattr(plugin, "cov_controller", None)
    if controller is None or config.option.no_cov:
        return None
    from coverage.exceptions import CoverageException  # pytest-cov has brought it

    with TemporaryDirectory(prefix="gitgates-") as folder:
        path = os.path.join(folder, "coverage.json")
        with contextlib.chdir(controller.topdir), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pytest-cov has given the same ones already
            try:
                controller.cov.json_report(outfile=path, show_contexts=False)
            except CoverageException as error:
                remedy = "Let --cov name what the tests import, or leave it out"
                raise InputFileError("pytest-cov", f"gives no coverage: {error}", remedy=remedy) from None
        return read_input(path)
