"""What a corpus test needs to know of a format: what its files are given for, and how its ground truth is spelled."""

from collections.abc import Callable
from typing import Any

import attrs

from gitgates.formats.base import Role
from gitgates.formats.options import DEFAULTS, ReadOptions


@attrs.frozen
class Rule:
    """How the files of one format are compared.

    Attributes:
        role: what such a file is given for.
        expected: makes the values that gitgates must find of the `truth` of a file.
        options: how the file is to be read.
    """

    role: Role
    expected: Callable[[dict[str, Any]], dict[str, Any]]
    options: ReadOptions = DEFAULTS
