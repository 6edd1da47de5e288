"""A first look for a table `notify`: most projects have none, and then no TOML reader is imported for it."""

import os

# As `config.files` names them; importing that costs more than this look.
_FILES = ("gates.toml", "pyproject.toml")
_WORD = b"notify"


def may_notify(start: str) -> bool:
    """Tell whether one of the files above `start`, up to the top of the repository, could have a table `notify`.

    A file that cannot be read could have one: reading it in earnest will say what is wrong.
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
        with open(path, "rb") as file:
            return _WORD in file.read()
    except FileNotFoundError:
        return False
    except OSError:
        return True
