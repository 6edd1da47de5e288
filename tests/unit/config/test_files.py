"""Reading thresholds from pyproject.toml and gates.toml."""

import os
from pathlib import Path

import pytest

from gitgates.config.files import find_config, read_config
from gitgates.errors import ConfigError
from gitgates.model.names import DeploymentContext
from gitgates.model.thresholds import NAMES

CONTEXTS = tuple(DeploymentContext)
REFERENCE = """\
[tool.afs.gates]

[tool.afs.gates.development]
min_test_pass_rate = 0.80

[tool.afs.gates.production]
min_test_pass_rate = 0.98
max_critical_vulnerabilities = 0
"""


def _write(folder: Path, name: str, text: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return str(folder / name)


@pytest.mark.parametrize("name", ["pyproject.toml", "gates.toml"])
@pytest.mark.parametrize("table", ["tool.afs.gates", "tool.gitgates"])
def test_both_names_in_both_files(tmp_path: Path, name: str, table: str) -> None:
    config = read_config(_write(tmp_path, name, REFERENCE.replace("tool.afs.gates", table)), CONTEXTS)
    assert config is not None
    assert config.name == name
    assert {c: t.explicit for c, t in config.contexts.items()} == {
        "development": {"min_test_pass_rate"},
        "production": {"min_test_pass_rate", "max_critical_vulnerabilities"},
    }
    assert config.contexts["production"].min_test_pass_rate == 0.98


def test_files_without_gates(tmp_path: Path) -> None:
    assert read_config(str(tmp_path / "pyproject.toml"), CONTEXTS) is None
    assert (
        read_config(_write(tmp_path, "pyproject.toml", '[project]\nname = "x"\n[tool.afs]\na = 1\n'), CONTEXTS) is None
    )
    assert read_config(_write(tmp_path, "gates.toml", ""), CONTEXTS) is None
    assert read_config(_write(tmp_path, "gates.toml", "[tool.afs]\n"), CONTEXTS) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.gitgates.production\n", "not TOML"),
        ("a = \xff", "not UTF-8"),
        ("[tool.afs.gates.staging]\n[tool.gitgates.staging]\n", "both [tool.afs.gates] and [tool.gitgates] are there"),
        ("[tool.gitgates.prod]\n", "unknown context in [tool.gitgates.prod]. Did you mean production?"),
        ("[tool.gitgates.zzz]\n", "[tool.gitgates.zzz]. Known contexts: development, staging, production"),
        ("[tool.gitgates]\nmin_code_coverage = 0.5\n", "unknown context in [tool.gitgates.min_code_coverage]"),
        ("[tool.gitgates]\nstaging = 3\n", "tool.gitgates.staging is not a table of thresholds"),
        ("[tool]\ngitgates = 3\n", "tool.gitgates is not a table"),
        ("[tool]\nafs = 3\n", "tool.afs.gates is not a table"),
        ("tool = 3\n", "tool.afs.gates is not a table"),
        (
            "[tool.gitgates.staging]\nmin_coverage = 0.5\n",
            "[tool.gitgates.staging] unknown threshold 'min_coverage'. Did you mean min_code_coverage?",
        ),
        ("[tool.gitgates.staging]\nself = 1\n", f"unknown threshold 'self'. Known thresholds: {', '.join(NAMES)}"),
        ("[tool.gitgates.staging]\nmin_code_coverage = 95\n", "min_code_coverage: must be in 0..1, got 95"),
        ("[tool.gitgates.staging]\nmin_code_coverage = '0.5'\n", "min_code_coverage: expected a number, got '0.5'"),
        ("[tool.gitgates.staging]\nmin_code_coverage = nan\n", "min_code_coverage: must be a finite number"),
        ("[tool.gitgates.staging]\nmin_code_coverage = true\n", "min_code_coverage: expected a number, got True"),
        ("[tool.gitgates.staging]\nmin_code_coverage = 2026-11-23\n", "min_code_coverage: expected a number, got dat"),
        ("[tool.gitgates.staging]\nmax_high_vulnerabilities = 1.5\n", "expected a whole number, got 1.5"),
        ("[tool.gitgates.staging.min_code_coverage]\n", "min_code_coverage: expected a number, got {}"),
    ],
)
def test_errors_name_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError) as caught:
        read_config(str(path), CONTEXTS)
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("[production]\nmin_code_coverage = 0.99\n", "production"),
        ("[tool.gitgate.production]\nmin_code_coverage = 0.99\n", "tool.gitgate"),
        ("[tool.afs.gate.production]\nmin_code_coverage = 0.99\n", "tool.afs.gate"),
        ("[tool.gitgates.staging]\n[gates]\n", "gates"),
    ],
)
def test_gates_toml_holds_nothing_that_is_not_read(tmp_path: Path, text: str, name: str) -> None:
    path = _write(tmp_path, "gates.toml", text)
    with pytest.raises(
        ConfigError, match=f"unknown table or key '{name}'. (Did you mean|Known tables: tool.afs.gates)"
    ):
        read_config(path, CONTEXTS)
    assert name == "gates" or read_config(_write(tmp_path, "pyproject.toml", text), CONTEXTS) is None


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "gates.toml").mkdir()
    with pytest.raises(ConfigError, match=r"gates.toml: "):
        read_config(str(tmp_path / "gates.toml"), CONTEXTS)


# --- finding ---

STAGING = "[tool.gitgates.staging]\nmin_code_coverage = 0.5\n"


def test_the_nearest_folder_with_settings(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    above = _write(tmp_path, "gates.toml", STAGING)
    inner = tmp_path / "a" / "b"
    _write(inner, "pyproject.toml", "[project]\n")
    assert [config.path for config in find_config(str(inner), CONTEXTS)] == [above]
    nearer = _write(tmp_path / "a", "pyproject.toml", STAGING)
    assert [config.path for config in find_config(str(inner), CONTEXTS)] == [nearer]


def test_both_files_of_a_folder_the_stronger_first(tmp_path: Path) -> None:
    weaker, stronger = _write(tmp_path, "pyproject.toml", STAGING), _write(tmp_path, "gates.toml", STAGING)
    assert [config.path for config in find_config(str(tmp_path), CONTEXTS)] == [stronger, weaker]


def test_the_search_ends_at_the_top_of_the_repository(tmp_path: Path) -> None:
    _write(tmp_path, "gates.toml", STAGING)
    inner = tmp_path / "repository" / "src"
    inner.mkdir(parents=True)
    (tmp_path / "repository" / ".git").write_text("gitdir: elsewhere\n")
    assert find_config(str(inner), CONTEXTS) == ()


def test_the_search_ends_at_the_root() -> None:
    assert find_config(os.path.abspath(os.sep), CONTEXTS) == ()
