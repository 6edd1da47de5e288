"""`[tool.afs.gates.metrics]`: which number is which metric."""

from pathlib import Path

import pytest

from gitgates.config.files import find_config
from gitgates.config.metric_paths import find_metric_paths
from gitgates.errors import ConfigError

MAPPING = '[tool.afs.gates.metrics]\nquality_score = "tasks.arc.acc_norm"\nlatency_ms = "stats.p50"\n'


def test_mapping_is_found_from_below_and_is_no_context(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(f"{MAPPING}[tool.afs.gates.production]\nmin_quality_score = 0.9\n")
    (tmp_path / "a" / "b").mkdir(parents=True)
    expected = {"quality_score": "tasks.arc.acc_norm", "latency_ms": "stats.p50"}
    assert find_metric_paths(str(tmp_path / "a" / "b")) == expected
    (config,) = find_config(str(tmp_path / "a"), ["production"])
    assert set(config.contexts) == {"production"}


def test_gates_toml_beats_pyproject_metric_by_metric(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(MAPPING)
    (tmp_path / "gates.toml").write_text('[tool.gitgates.metrics]\nquality_score = "f1"\n')
    assert find_metric_paths(str(tmp_path)) == {"quality_score": "f1", "latency_ms": "stats.p50"}


def test_none(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert find_metric_paths(str(tmp_path)) == {}


REFUSED = {
    "unknown": ('qualty_score = "f1"', "[tool.afs.gates.metrics] unknown metric 'qualty_score'", "quality_score?"),
    "number": ("quality_score = 0.9", "quality_score must be the name of a number in the file, as text", ""),
    "blank": ('quality_score = " "', "quality_score must be the name of a number in the file, as text", ""),
    "long": (f'quality_score = "{"x" * 201}"', "quality_score must be at most 200 printable characters", ""),
    "no figure": (
        'coverage_percent = "x"', "] coverage_percent must be one of lines, branches, total, got 'x'", "",
    ),
    "line break": ('quality_score = "a\\nb"', "quality_score must be at most 200 printable characters", ""),
}  # fmt: skip


@pytest.mark.parametrize(("line", "fault", "remedy"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(line: str, fault: str, remedy: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.afs.gates.metrics]\n{line}\n")
    with pytest.raises(ConfigError) as caught:
        find_metric_paths(str(tmp_path))
    assert caught.value.message.startswith(f"{tmp_path / 'pyproject.toml'}: ")
    assert caught.value.message.endswith(fault)
    assert caught.value.remedy.endswith(remedy)


def test_no_table(tmp_path: Path) -> None:
    (tmp_path / "gates.toml").write_text("[tool.afs.gates]\nmetrics = 1\n")
    with pytest.raises(ConfigError, match=r"tool\.afs\.gates\.metrics is not a table"):
        find_metric_paths(str(tmp_path))
