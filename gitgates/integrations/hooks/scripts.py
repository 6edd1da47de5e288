"""The scripts that `hooks install` copies: `files/` beside this module, in a checkout a link to `hooks/` at the top."""

import os

from gitgates.errors import StoreError

MARK = "# gitgates hook:"
"""How the second line of each begins; the hook's name follows."""
NO_PYTHON = "python=''"
"""The line in which `install` notes the Python that gitgates runs in."""

_FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "files")


def script(name: str) -> str:
    """Return the text of a hook's script.

    Raises:
        StoreError: this installation of gitgates lacks it.
    """
    try:
        with open(os.path.join(_FOLDER, name), encoding="utf-8") as file:
            return file.read()
    except OSError:
        text = f"this installation of gitgates has no script for {name}"
        raise StoreError(text, remedy="Install gitgates again") from None
