"""The coverage of a run, as it is asked of what pytest-cov keeps."""

import importlib.util
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from coverage import Coverage

from gitgates.errors import InputFileError
from gitgates.integrations.pytest_plugin.measured import coverage_of


def config(cov: Coverage | None, folder: Path, *, no_cov: bool = False) -> Any:
    """Return what `coverage_of` asks of pytest's configuration, with a real plug-in manager and a real Coverage."""
    plugins = pytest.PytestPluginManager()
    controller = None if cov is None else SimpleNamespace(cov=cov, topdir=str(folder))
    plugins.register(SimpleNamespace(cov_controller=controller), "_cov")
    return SimpleNamespace(pluginmanager=plugins, option=SimpleNamespace(no_cov=no_cov))


def measured(folder: Path, code: str) -> Coverage:
    """Return the coverage of running `code`, from a module in `folder`."""
    (folder / "weighed.py").write_text(code)
    cov = Coverage(data_file=None, branch=True, include=[str(folder / "*")], config_file=False)
    spec = importlib.util.spec_from_file_location("weighed", folder / "weighed.py")
    assert spec is not None
    assert spec.loader is not None
    with cov.collect():
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
    return cov


def test_the_report_is_that_of_coverage_py(tmp_path: Path) -> None:
    cov = measured(tmp_path, "heavy = True\nif heavy:\n    weight = 2\nelse:\n    weight = 1\n")
    report = coverage_of(config(cov, tmp_path))
    assert report is not None
    totals = json.loads(report)["totals"]
    assert (totals["covered_lines"], totals["num_statements"], totals["num_branches"]) == (3, 4, 2)


def test_what_pytest_cov_does_not_measure_is_not_measured(tmp_path: Path) -> None:
    assert coverage_of(config(None, tmp_path)) is None
    assert coverage_of(config(Coverage(data_file=None), tmp_path, no_cov=True)) is None


def test_nothing_to_report_is_an_error(tmp_path: Path) -> None:
    cov = Coverage(data_file=None, config_file=False)
    with pytest.raises(InputFileError, match="pytest-cov: gives no coverage: No data to report"):
        coverage_of(config(cov, tmp_path))
