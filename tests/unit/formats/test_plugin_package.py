"""The package that docs/reference/formats.md shows, installed by pip as a user would install it."""

import json
import os
import shlex
import sys
from pathlib import Path

import pytest

from tests.cli.project import environment
from tests.docs.markdown import blocks
from tests.support import CHECKOUT, Result, run

PAGE = CHECKOUT / "docs/reference/formats.md"
HEADING = "Formats of other packages"
TAP = "TAP version 14\n1..4\nok 1 - loads\nok 2 - answers # SKIP no network\nok 3\nnot ok 4 - forgets\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of packages with the one of the page."""
    folder = tmp_path_factory.mktemp("acme")
    package = folder / "acme-formats"
    package.mkdir()
    for language, name in (("toml", "pyproject.toml"), ("python", "acme_formats.py")):
        (text,) = (block.text for block in blocks(PAGE, language) if block.heading == HEADING)
        (package / name).write_text(text)
    # gitgates itself is here, and hatchling too: nothing is fetched.
    offline = ("--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--quiet")
    done = run(sys.executable, "-m", "pip", "install", *offline, "--target", folder / "site", package)
    assert done.code == 0, done
    return folder / "site"


@pytest.fixture
def terminal(site: Path, tmp_path: Path) -> dict[str, str]:
    """Return an environment in which `gitgates` and the package are installed."""
    program = tmp_path / "bin" / "gitgates"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m gitgates "$@"\n')
    program.chmod(0o755)
    found = environment(PATH=f"{program.parent}{os.pathsep}{os.environ['PATH']}", COLUMNS="120")
    return {**found, "PYTHONPATH": f"{found['PYTHONPATH']}{os.pathsep}{site}"}


def _steps() -> list[tuple[str, str]]:
    (session,) = (block.text for block in blocks(PAGE, "console") if block.heading == HEADING)
    steps = [part.replace("\\\n", " ").partition("\n") for part in session.split("$ ")[1:]]
    return [(command, shown) for command, _, shown in steps]


def _check(
    folder: Path, environ: dict[str, str], tap: str, scores: str = '{"exact_match": 0.75, "rouge": 31}'
) -> Result:
    (folder / "results.tap").write_text(tap)
    (folder / "eval.json").write_text(f'{{"acme_eval": "2.1", "scores": {scores}}}')
    return run("sh", "-c", f"{_steps()[2][0]} --json", cwd=folder, env=environ)


def test_the_page_shows_what_is_printed(tmp_path: Path, terminal: dict[str, str]) -> None:
    install, listed, check = _steps()
    assert install[0] == "pip install ./acme-formats"
    assert run("sh", "-c", listed[0], cwd=tmp_path, env=terminal).out == listed[1]
    assert check[0].startswith("gitgates check")


def test_its_files_are_read(tmp_path: Path, terminal: dict[str, str]) -> None:
    done = _check(tmp_path, terminal, TAP)
    assert done.code == 1, done  # 2 of the 3 that ran have passed
    checks = {check["gate_name"]: check["details"] for check in json.loads(done.out)["checks"]}
    assert checks["model_quality"] == {"quality_score": 0.75}
    assert checks["tests"]["pass_rate"] == pytest.approx(2 / 3)
    assert "note: eval.json: Acme's numbers are of its own test set" in done.err
    assert _check(tmp_path, terminal, TAP.replace("not ok", "ok")).code == 0


def test_what_is_wrong_with_them_is_told(tmp_path: Path, terminal: dict[str, str]) -> None:
    done = _check(tmp_path, terminal, TAP.replace("not ok 4", "Bail out!"))
    assert (done.code, "results.tap: holds 3 results, and its plan another number" in done.err + done.out) == (2, True)
    done = _check(tmp_path, terminal, TAP, '{"f1": 0.5}')
    assert done.code == 2
    assert "eval.json: has no number exact_match, which is to be quality_score" in done.err + done.out
