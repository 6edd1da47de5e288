"""The scripts that `hooks install` copies: `files/` beside this module in the wheel, `hooks/` at a checkout's top."""

import os

from gitgates.errors import StoreError

MARK = "# gitgates hook:"
"""How the second line of each begins; the hook's name follows."""
NO_PYTHON = "python=''"
"""The line in which `install` notes the Python that gitgates runs in."""

_HERE = os.path.dirname(os.path.abspath(__file__))
_FOLDERS = (os.path.join(_HERE, "files"), os.path.join(_HERE, *[os.pardir] * 3, "hooks"))


def script(name: str) -> str:
    """Return the text of a hook's script.

    Raises:
        StoreError: this installation of gitgates lacks it.
    """
    for folder in _FOLDERS:
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as file:
                return file.read()
    raise StoreError(f"this installation of gitgates has no script for {name}", remedy="Install gitgates again")
