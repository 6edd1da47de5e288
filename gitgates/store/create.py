"""Making a repository where there is none."""

from gitgates.store.process import run
from gitgates.store.repository import Repository


def create_repository(path: str) -> Repository:
    """Make the folder `path` a repository with the branch `main`; no template, since those can bring hooks."""
    run(["init", "--quiet", "--initial-branch=main", "--template=", path], write=True)
    return Repository.open(path)
