"""Fixtures of the CI systems' tests."""

from pathlib import Path

import pytest

from tests.integrations.ci.runner import Step


@pytest.fixture
def step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Step:
    """Be a step of a GitHub workflow from here on."""
    found = Step(tmp_path / "summary.md", tmp_path / "output")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(found.summary))
    monkeypatch.setenv("GITHUB_OUTPUT", str(found.output))
    return found
