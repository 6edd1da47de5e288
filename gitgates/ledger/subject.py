"""What a report is about: a commit, whether the worktree differed from it, and artifacts."""

from gitgates.errors import UsageError
from gitgates.model.provenance import Artifact, Subject
from gitgates.store.checkouts import is_dirty
from gitgates.store.repository import Repository


def find_subject(repository: Repository, revision: str | None = None, artifacts: tuple[Artifact, ...] = ()) -> Subject:
    """Return the subject at `revision`, else at HEAD, passing over commits that touch only the ledger.

    Raises:
        UsageError: `revision` names no commit.
    """
    if revision is not None and repository.resolve(revision) is None:
        raise UsageError(f"--commit: {revision!r} names no commit here", remedy="Give a branch, tag or commit id")
    commit = repository.subject_commit(revision or "HEAD")
    # A commit that was named stands for itself, whatever lies in the worktree.
    return Subject(commit=commit, dirty=revision is None and is_dirty(repository), artifacts=artifacts)
