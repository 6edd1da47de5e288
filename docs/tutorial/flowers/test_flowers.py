"""Tests of flowers.py."""

import json
from pathlib import Path

import flowers
import pytest


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_every_version_reports_on_a_third_of_the_flowers() -> None:
    for version in flowers.COLUMNS:
        flowers.train(version)
        found = json.loads(Path(f"report-{version}.json").read_text())
        assert found["weighted avg"]["support"] == 50


def test_a_flower_like_those_it_has_seen() -> None:
    flowers.train("v2")
    Path("seen.csv").write_text("5.1,3.5,1.4,0.2,setosa\n6.2,2.8,4.4,1.3,versicolor\n7.1,3.0,5.9,2.1,virginica\n")
    flowers.observe("v2", "seen.csv")
    assert json.loads(Path("observed-v2.json").read_text())["accuracy"] == 1.0


def test_a_name_that_nobody_knows() -> None:
    flowers.train("v1")
    Path("rose.csv").write_text("5.1,3.5,1.4,0.2,rose\n")
    with pytest.raises(ValueError, match="rose"):
        flowers.observe("v1", "rose.csv")
