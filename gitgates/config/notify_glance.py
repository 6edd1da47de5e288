"""A first look for a table `notify`: most projects have none, and then no TOML reader is imported for it."""

import os
import stat

MAX_BYTES = 2**20
"""As `config.files` reads them."""

# As `config.files` names them; importing that costs more than this look.
_FILES = ("gates.toml", "pyproject.toml")
_WORD = b"notify"


def may_notify(start: str) -> bool:
    """Tell whether one of the files above `start`, up to the top of the repository, could have a table `notify`.

    What is no plain file, cannot be read or is too large could have one: reading it in earnest will say what is wrong.
    """
    folder = os.path.abspath(start)
    while True:
        if any(_mentions(os.path.join(folder, name)) for name in _FILES):
            return True
        parent = os.path.dirname(folder)
        if parent == folder or os.path.exists(os.path.join(folder, ".git")):
            return False
        folder = parent


def _mentions(path: str) -> bool:
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return True
        with open(path, "rb") as file:
            text = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return _WORD in text or len(text) > MAX_BYTES
