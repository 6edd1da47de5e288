"""What is measured: a wheel of this checkout in a virtual environment of its own, with a home folder of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from attrs import frozen

CHECKOUT = Path(__file__).resolve().parent.parent
_BUILT_FROM = ("gitgates", "hooks", "shim", "pyproject.toml", "README.md", "LICENSE")


@frozen
class Installed:
    """An installed gitgates.

    Attributes:
        python: the interpreter that it is installed for.
        home: the only home folder that commands see.
    """

    python: Path
    home: Path

    def command(self, *args: str | Path) -> list[str]:
        """Return the argument list of `gitgates ARGS`, run by its script as users run it."""
        return [os.fspath(self.python.with_name("gitgates")), *(os.fspath(arg) for arg in args)]

    def environ(self) -> dict[str, str]:
        """Return the environment that commands run in: no settings but those of the home folder."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT", "PYTHON", "XDG_"))}
        return {**kept, "HOME": os.fspath(self.home), "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}


def install(folder: Path) -> Installed:
    """Build a wheel of the checkout and install it, with its dependencies, below `folder`.

    Raises:
        CalledProcessError: pip could not; it has said why.
    """
    source = folder / "source"
    source.mkdir()
    for name in _BUILT_FROM:
        origin = CHECKOUT / name
        if origin.is_dir():
            shutil.copytree(origin, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(origin, source)
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, source)
    (wheel,) = folder.glob("*.whl")
    _run(sys.executable, "-m", "venv", folder / "venv")
    python = folder / "venv" / "bin" / "python"
    pip = (python, "-m", "pip", "--disable-pip-version-check", "--quiet")
    _run(*pip, "install", "--constraint", CHECKOUT / "constraints.txt", wheel)
    home = folder / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("[user]\n\tname = Bench\n\temail = bench@example.com\n[gc]\n\tauto = 0\n")
    return Installed(python, home)


def _run(*args: str | Path) -> None:
    done = subprocess.run(
        [os.fspath(arg) for arg in args], check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode:
        sys.stderr.buffer.write(done.stdout)
        done.check_returncode()
