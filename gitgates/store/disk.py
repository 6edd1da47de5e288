"""Files on disk: read, replaced in one step, and found without following links."""

import errno
import os


def is_plain(path: str) -> bool:
    """Tell whether `path` is a file and no link to one."""
    return os.path.isfile(path) and not os.path.islink(path)


def holds(path: str, data: bytes | None) -> bool:
    """Tell whether `path` is a plain file with exactly these bytes."""
    if data is None or not is_plain(path):
        return False
    with open(path, "rb") as file:
        return file.read() == data


def is_below(top: str, path: str) -> bool:
    """Tell whether the folders of `path`, which counts from `top`, are there and no links."""
    current = top
    for folder in path.split("/")[:-1]:
        current = os.path.join(current, folder)
        if os.path.islink(current) or not os.path.isdir(current):
            return False
    return True


def replace_file(scratch_folder: str, path: str, data: bytes) -> None:
    """Write a file by way of another one in `scratch_folder`, so that a crash leaves no half of it.

    The other one lies beside the file where the two folders are on different disks.
    """
    try:
        _write_through(scratch_folder, path, data)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _write_through(os.path.dirname(path), path, data)


def _write_through(folder: str, path: str, data: bytes) -> None:
    """Write a file in `folder`, wait until the disk has it, and rename it to `path`."""
    scratch = os.path.join(folder, f"gitgates-{os.getpid()}.tmp")
    try:
        with open(scratch, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(scratch, path)
    except BaseException:
        if os.path.lexists(scratch):
            os.unlink(scratch)
        raise
