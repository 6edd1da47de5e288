"""`gitgates afs`: the extension in AFS's folder."""

import json
from pathlib import Path

import pytest

from gitgates.integrations.afs import installing
from tests.support import Gitgates


@pytest.fixture
def place(home: Path) -> Path:
    return home / ".config/afs/extensions/gitgates"


def test_install_status_uninstall(gitgates: Gitgates, place: Path) -> None:
    assert gitgates("afs", "status").code == 1
    done = gitgates("afs", "install")
    assert (done.code, done.out) == (0, f"extension: installed ({place})\n")
    assert (place / "extension.toml").read_text().splitlines()[1:3] == ["api_version = 1", 'name = "gitgates"']
    again = json.loads(gitgates("afs", "install", "--json").out)
    assert (again["changed"], again["extension"]) == (False, "installed")
    assert gitgates("afs", "status").code == 0
    assert gitgates("afs", "uninstall").out == f"extension: not installed ({place})\n"
    assert not place.parent.joinpath("gitgates").exists()
    assert json.loads(gitgates("afs", "uninstall", "--json").out)["changed"] is False


def test_what_a_removed_gitgates_left_is_renewed(gitgates: Gitgates, place: Path, tmp_path: Path) -> None:
    place.parent.mkdir(parents=True)
    place.symlink_to(tmp_path / "gone")
    assert gitgates("afs", "status").out.startswith("extension: outdated")
    assert gitgates("afs", "install").code == 0
    assert (place / "extension.toml").is_file()


def test_where_links_cannot_be_made_it_is_copied(
    gitgates: Gitgates, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **more: object) -> None:
        raise OSError("no right to make links")

    monkeypatch.setattr("os.symlink", refuse)
    assert gitgates("afs", "install").code == 0
    assert not place.is_symlink()
    manifest = place / "extension.toml"
    manifest.write_text(manifest.read_text().replace("slim", "old"))
    assert gitgates("afs", "status").out.startswith("extension: outdated")
    assert gitgates("afs", "install").code == 0
    assert "slim" in manifest.read_text()
    assert gitgates("afs", "uninstall").code == 0
    assert not place.exists()


def test_anothers_extension_stays(gitgates: Gitgates, place: Path) -> None:
    place.mkdir(parents=True)
    (place / "extension.toml").write_text('api_version = 1\nname = "other"\n')
    refused = gitgates("afs", "install")
    assert refused.code == 2
    assert f"{place} is there, and is not gitgates'. Move it away" in refused.err
    assert gitgates("afs", "uninstall").out.startswith("extension: another's")
    assert (place / "extension.toml").read_text().endswith('"other"\n')


@pytest.mark.parametrize("action", ["install", "uninstall"])
def test_a_folder_that_cannot_be_written(
    action: str, gitgates: Gitgates, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if action == "uninstall":
        gitgates("afs", "install")
        monkeypatch.setattr("os.unlink", _refused)
    else:
        place.parent.parent.mkdir(parents=True)
        place.parent.write_text("a file")
    done = gitgates("afs", action)
    assert done.code == 2
    assert f"{place}: " in done.err


def _refused(*args: object, **more: object) -> None:
    raise PermissionError(13, "Permission denied")


def test_the_manifest_names_no_module_of_afs() -> None:
    import tomllib

    manifest = tomllib.loads((Path(installing.shipped()) / installing.MANIFEST).read_text())
    assert manifest["cli_modules"] == ["gitgates.integrations.afs"]
    assert manifest["mcp_tools"] == {
        "module": "gitgates.integrations.afs", "factory": "register_mcp_tools", "catalog": "slim",
    }  # fmt: skip
