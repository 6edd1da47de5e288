"""The programs that gitgates needs."""

import shutil
import subprocess
import sys
from collections.abc import Mapping

from gitgates.errors import StoreError
from gitgates.ledger.health.diagnosis import Diagnosis, State, problem
from gitgates.store.diagnostics import git_version
from gitgates.store.process import OLDEST_GIT
from gitgates.trust import openssh

OLDEST_PYTHON = (3, 11)


def python() -> Diagnosis:
    """Tell which Python runs."""
    text = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] >= OLDEST_PYTHON:
        return Diagnosis("python", State.OK, text)
    return Diagnosis("python", State.PROBLEM, f"{text} is too old", "Install gitgates with Python 3.11 or newer")


def git() -> Diagnosis:
    """Tell which git is found."""
    try:
        text, is_new_enough = git_version()
    except StoreError as error:
        return problem("git", error)
    if is_new_enough:
        return Diagnosis("git", State.OK, text)
    oldest = ".".join(map(str, OLDEST_GIT))
    return Diagnosis("git", State.PROBLEM, f"{text} is too old", f"Install git {oldest} or newer")


def ssh_keygen(environ: Mapping[str, str]) -> Diagnosis:
    """Tell which ssh-keygen is found.

    ssh-keygen has no option that tells its version; whether it knows -Y shows in what it complains of.
    """
    remedy = f"Install OpenSSH {openssh.OLDEST} or newer and put it on PATH"
    try:
        outcome = openssh.run(("ssh-keygen", "-Y", "check-novalidate", "-n", "gitgates"), environ)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Diagnosis("ssh-keygen", State.PROBLEM, f"cannot be run: {error}", remedy)
    if outcome.too_old:
        return Diagnosis("ssh-keygen", State.PROBLEM, "cannot check signatures: it is too old", remedy)
    where = shutil.which("ssh-keygen", path=environ.get("PATH"))
    return Diagnosis("ssh-keygen", State.OK, where or "found")
