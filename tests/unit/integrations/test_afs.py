"""The modules behind `afs.gates`, in this process; tests/packaging/test_shim.py shows them installed."""

import runpy
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import _gitgates_afs
import gitgates
from gitgates.integrations import afs_script
from gitgates.integrations.afs.environment import AfsState, examine
from tests.support import exit_code

OURS = Path(gitgates.__file__).parent / "integrations/afs_gates"


def forget_afs() -> None:
    for name in [name for name in sys.modules if name == "afs" or name.startswith("afs.")]:
        del sys.modules[name]


@pytest.fixture(autouse=True)
def finder(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the finder in effect once, whether or not gitgates is installed here, and nothing imported through it."""
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    _gitgates_afs.install()
    _gitgates_afs.install()
    assert sum(isinstance(finder, _gitgates_afs.AfsFinder) for finder in sys.meta_path) == 1
    forget_afs()
    yield
    forget_afs()


def real_afs(at: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str]) -> Path:
    """Put a package `afs` on sys.path, with these files."""
    for name, text in {"__init__.py": "", **files}.items():
        file = at / "afs" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    monkeypatch.syspath_prepend(at)
    return at / "afs"


def test_names_are_the_same_objects() -> None:
    gates = import_module("afs.gates")
    for name in gitgates.__all__:
        assert getattr(gates, name) is getattr(gitgates, name)
    assert set(gitgates.__all__) <= set(dir(gates))
    with pytest.raises(AttributeError, match=r"'afs\.gates' has no attribute 'Nonsense'"):
        _ = gates.Nonsense


@pytest.mark.parametrize("module", ["registry_integration", "ci_integration"])
def test_modules_hand_out_the_same_objects(module: str) -> None:
    ours = import_module(f"afs.gates.{module}")
    for name in ours.__all__:
        assert getattr(ours, name) is getattr(gitgates, name)


def test_register_parsers_is_the_same_everywhere() -> None:
    from gitgates.integrations.afs import register_parsers

    assert import_module("afs.gates.cli").register_parsers is register_parsers
    assert import_module("afs.gates").register_parsers is register_parsers


@pytest.mark.parametrize("module", ["gitgates", "afs.gates"])
def test_python_m(module: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["program", "--help"])
    with pytest.raises(SystemExit) as end:
        runpy.run_module(module, run_name="__main__")
    assert exit_code(end.value) == 0
    assert "check" in capsys.readouterr().out


def test_examine_without_afs() -> None:
    assert examine() == AfsState(afs=None, gates=str(OURS / "__init__.py"), ours=True)


def test_examine_without_the_finder(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [finder for finder in sys.meta_path if type(finder).__name__ != "AfsFinder"]
    monkeypatch.setattr(sys, "meta_path", found)
    assert examine() == AfsState(afs=None, gates=None, ours=False)


def test_examine_with_afs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    afs = real_afs(tmp_path, monkeypatch, {"gates/__init__.py": ""})
    assert examine() == AfsState(str(afs / "__init__.py"), str(afs / "gates/__init__.py"), ours=False)


def test_examine_with_a_folder_named_afs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "afs").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    assert examine() == AfsState(str(tmp_path / "afs"), str(OURS / "__init__.py"), ours=True)


def run_script(monkeypatch: pytest.MonkeyPatch, *args: str) -> int | str | None:
    monkeypatch.setattr(sys, "argv", ["afs", *args])
    return afs_script.main()


def test_script_hands_over_with_argv_untouched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real_afs(tmp_path, monkeypatch, {"cli.py": "import sys\ndef main():\n    return ' '.join(sys.argv)\n"})
    assert run_script(monkeypatch, "gates", "check", "--model", "a:1") == "afs gates check --model a:1"


@pytest.mark.parametrize("files", [{}, {"cli.py": ""}])
def test_script_serves_gates_where_afs_has_no_command_line(
    files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_afs(tmp_path, monkeypatch, files)
    assert run_script(monkeypatch, "train") == 2


def test_script_gives_gitgates_what_follows_gates(monkeypatch: pytest.MonkeyPatch) -> None:
    got: list[list[str]] = []

    def stand_in(arguments: list[str]) -> int:
        got.append(arguments)
        return 3

    monkeypatch.setattr("gitgates.cli.main.main", stand_in)
    assert run_script(monkeypatch, "gates", "status", "--model", "gates") == 3
    assert got == [["status", "--model", "gates"]]


def test_script_alone_and_help(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_script(monkeypatch) == run_script(monkeypatch, "train") == 2
    assert capsys.readouterr() == ("", afs_script.USAGE * 2)
    assert run_script(monkeypatch, "--help") == 0
    assert capsys.readouterr() == (afs_script.USAGE, "")


def test_script_works_where_the_finder_is_not_in_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [finder for finder in sys.meta_path if type(finder).__name__ != "AfsFinder"]
    monkeypatch.setattr(sys, "meta_path", found)
    assert run_script(monkeypatch, "train") == 2


def test_script_shows_what_breaks_afs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real_afs(tmp_path, monkeypatch, {"__init__.py": "import no_such_module"})
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        run_script(monkeypatch, "gates")
