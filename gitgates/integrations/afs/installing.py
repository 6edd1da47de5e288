"""Linking gitgates' extension into the folder where AFS looks for extensions, and taking it away again."""

import os
import shutil
from enum import StrEnum

from gitgates.errors import StoreError, UsageError

NAME = "gitgates"
MANIFEST = "extension.toml"


class ExtensionState(StrEnum):
    """How the extension stands."""

    INSTALLED = "installed"
    ABSENT = "not installed"
    OUTDATED = "outdated"
    OTHER = "another's"


def shipped() -> str:
    """Return the folder with the manifest, as it came with gitgates."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "extension")


def extensions_folder() -> str:
    """Return the folder in which AFS looks for the user's extensions."""
    return os.path.expanduser(os.path.join("~", ".config", "afs", "extensions"))


def place() -> str:
    """Return where the extension is, or would be."""
    return os.path.join(extensions_folder(), NAME)


def state() -> ExtensionState:
    """Return how the extension stands; outdated where it is that of a gitgates which is no longer there."""
    if not os.path.lexists(place()):
        return ExtensionState.ABSENT
    manifest = _read(os.path.join(place(), MANIFEST))
    if manifest is not None and manifest == _read(os.path.join(shipped(), MANIFEST)):
        return ExtensionState.INSTALLED
    return ExtensionState.OUTDATED if os.path.islink(place()) or _is_ours(manifest) else ExtensionState.OTHER


def install() -> bool:
    """Link the extension into AFS's folder, or copy it where links cannot be made; return whether it was not there.

    Raises:
        UsageError: something else has its place.
        StoreError: the file system refuses.
    """
    found = state()
    if found is ExtensionState.INSTALLED:
        return False
    if found is ExtensionState.OTHER:
        raise UsageError(f"{place()} is there, and is not gitgates'", remedy="Move it away, and run this again")
    try:
        if found is ExtensionState.OUTDATED:
            _remove()
        os.makedirs(extensions_folder(), exist_ok=True)
        try:
            os.symlink(shipped(), place(), target_is_directory=True)
        except OSError:  # e.g. Windows without the right to make links
            shutil.copytree(shipped(), place())
    except OSError as error:
        raise StoreError(f"{place()}: {error.strerror}", remedy="Mend the folder's permissions") from None
    return True


def uninstall() -> bool:
    """Take the extension away; return whether it was there. What is not gitgates' stays.

    Raises:
        StoreError: the file system refuses.
    """
    if state() in (ExtensionState.ABSENT, ExtensionState.OTHER):
        return False
    try:
        _remove()
    except OSError as error:
        raise StoreError(f"{place()}: {error.strerror}", remedy="Mend the folder's permissions") from None
    return True


def _remove() -> None:
    if os.path.islink(place()):
        os.unlink(place())
    else:
        shutil.rmtree(place())


def _is_ours(manifest: bytes | None) -> bool:
    return manifest is not None and b'\nname = "gitgates"\n' in manifest.replace(b"\r\n", b"\n")


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None
