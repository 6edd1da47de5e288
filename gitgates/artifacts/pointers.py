"""What stands for a file that is not here: pointers of git-lfs, and the `.dvc` files of DVC.

A pointer of git-lfs names the SHA-256 of the file, so its digest is known without the file. DVC names only an MD5: the
file itself must be here.
"""

import hashlib
import os
import re
from typing import Any

from gitgates.artifacts.files import open_regular, read_input
from gitgates.errors import InputFileError
from gitgates.model.frozen import frozen

MAX_POINTER_BYTES = 1023
"""As git-lfs says: what is larger is no pointer."""
MAX_DVC_BYTES = 16 * 1024
DVC_SUFFIX = ".dvc"

_MARK = b"version https://git-lfs.github.com/spec/v1\n"
_LFS = re.compile(_MARK + rb"oid sha256:([0-9a-f]{64})\nsize ([0-9]{1,19})\n?")
_MD5 = re.compile(r"[0-9a-f]{32}")


@frozen
class Named:
    """The file that a pointer of git-lfs stands for."""

    sha256: str
    size: int


def lfs_pointer(name: str, data: bytes) -> Named | None:
    """Return what `data`, all that the file `name` holds, points to; None where it is no pointer.

    Raises:
        InputFileError: it says that it is a pointer, and is not one that can be relied on.
    """
    if not data.startswith(_MARK) or len(data) > MAX_POINTER_BYTES:
        return None
    found = _LFS.fullmatch(data)
    if found is None:  # with extensions, the digest is of what they make of the file
        raise InputFileError(
            name, "is a git-lfs pointer of an unknown kind", remedy=f"Bring the file itself: git lfs pull -I {name}"
        )
    return Named(found[1].decode(), int(found[2]))


@frozen
class Tracked:
    """The file that a `.dvc` file is about.

    Attributes:
        path: where it lies if it is here.
    """

    path: str
    md5: str


def tracked_by(pointer: str) -> Tracked:
    """Return what the `.dvc` file `pointer` is about.

    Raises:
        InputFileError: it cannot be read, or is about none, several, or a folder.
    """
    outs = _load(pointer)
    if len(outs) != 1:
        raise InputFileError(pointer, f"is about {len(outs)} files, not one", remedy="Give each file itself")
    name, md5 = outs[0].get("path"), outs[0].get("md5")
    if not isinstance(name, str) or not isinstance(md5, str):
        raise InputFileError(pointer, "$.outs[0]: has no path and md5", remedy="Give the file itself")
    if md5.endswith(".dir"):
        raise InputFileError(pointer, f"is about a folder, {name}", remedy="Give the folder itself, after dvc pull")
    if _MD5.fullmatch(md5) is None:
        raise InputFileError(pointer, "$.outs[0].md5: is no MD5", remedy="Give the file itself")
    return Tracked(os.path.join(os.path.dirname(pointer), name), md5)


def _load(pointer: str) -> list[dict[str, Any]]:
    """Return the `outs` of a `.dvc` file."""
    import yaml  # only users of DVC pay for it

    data = read_input(pointer, MAX_DVC_BYTES)
    try:
        value = yaml.safe_load(data)
    except (yaml.YAMLError, ValueError, RecursionError):
        raise InputFileError(pointer, "is not valid YAML, and no DVC file", remedy="Give the file itself") from None
    outs = value.get("outs") if isinstance(value, dict) else None
    if not isinstance(outs, list) or not all(isinstance(out, dict) for out in outs):
        raise InputFileError(pointer, "has no list $.outs, so it is no DVC file", remedy="Give the file itself")
    return outs


def md5_of(path: str) -> str:
    """Return the MD5 of a file: DVC names files by it, and it proves nothing.

    Raises:
        InputFileError: there is no such file, or it cannot be read.
    """
    with open(open_regular(path), "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
