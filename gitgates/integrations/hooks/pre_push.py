"""The pre-push hook: protects the ledger, and asks what the project's `pre_push` rules demand; without a network."""

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO

from gitgates.config.pre_push import read_pre_push
from gitgates.errors import GitgatesError, NoLedger, UsageError
from gitgates.integrations.hooks import Teller
from gitgates.integrations.hooks.protection import protect
from gitgates.integrations.hooks.pushes import Push, Refusal, pushes_of_pre_commit, read_pushes
from gitgates.integrations.hooks.rules import no_ledger, refusals_of
from gitgates.ledger.reading import Ledger
from gitgates.store.repository import Repository

if TYPE_CHECKING:
    from gitgates.ledger.verification.findings import Finding

_SHOWN = 10
"""Warnings that are shown; `verify` shows all."""


def run(args: Sequence[str], output: Teller, stdin: BinaryIO) -> int:
    """Return 0 where all may be pushed, else 1 blocked, 2 bad configuration, 3 cannot decide: git blocks on any.

    Every ref is looked at and every reason shown; the worst code counts.

    Args:
        args: the remote's name and URL; neither changes the answer.
    """
    lines = stdin.read()
    if not lines.strip() and not os.environ.get("PRE_COMMIT_REMOTE_BRANCH"):
        return 0
    repository = _repository(os.environ.get("GIT_DIR"))
    pushes = read_pushes(lines) or pushes_of_pre_commit(repository, os.environ)
    with _Asked(repository) as asked:
        refusals = tuple(asked.refusals(pushes))
    _warn(output, asked.warnings)
    for refusal in dict.fromkeys(refusals):
        _tell(output, refusal)
    return max((refusal.code for refusal in refusals), default=0)


def _repository(git_dir: str | None) -> Repository:
    """Return the repository of the current folder.

    Raises:
        UsageError: git pushes from another one.
    """
    repository = Repository.open()
    if git_dir is not None and os.path.realpath(git_dir) != os.path.realpath(repository.git_dir):
        raise UsageError(
            f"git pushes from {git_dir}, but this folder belongs to {repository.git_dir}",
            remedy="Push from inside the worktree, without --git-dir and GIT_DIR",
        )
    return repository


class _Asked:
    """One run of the hook: the ledger is opened once, and its absence is told where it matters."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._now = datetime.now(UTC)
        self._ledger: Ledger | None = None
        self._problem: GitgatesError | None = None
        self.warnings: list[Finding] = []

    def __enter__(self) -> "_Asked":
        try:
            self._ledger = Ledger.open(environ=os.environ)
        except NoLedger:
            self._problem = no_ledger()
        except GitgatesError as error:
            self._problem = error
        return self

    def __exit__(self, *_: object) -> None:
        if self._ledger is not None:
            self._ledger.__exit__(None, None, None)

    def refusals(self, pushes: Sequence[Push]) -> Iterator[Refusal]:
        """Yield everything that speaks against the pushes.

        Raises:
            ConfigError: the rules cannot be read.
        """
        worktree = self._repository.worktree
        rules = read_pre_push(worktree) if worktree is not None else ()
        if self._problem is not None and not isinstance(self._problem, NoLedger):
            yield self._unopened(pushes[0], self._problem)  # which branch to protect is not known
        for push in pushes:
            found = protect(self._repository, self._ledger, push, self._now)
            self.warnings += found.warnings
            yield from found.refusals
            for rule in rules:
                yield from refusals_of(rule, push, self._opened, worktree or "", self._now)

    def _opened(self) -> Ledger:
        if self._ledger is None:
            raise self._problem or no_ledger()
        return self._ledger

    @staticmethod
    def _unopened(push: Push, error: GitgatesError) -> Refusal:
        return Refusal(push.ref, "the ledger is readable", (error.message,), (error.remedy,), error.exit_code)


def _tell(output: Teller, refusal: Refusal) -> None:
    word = {1: "blocked", 2: "blocked (bad configuration or input)"}.get(refusal.code, "blocked (cannot decide)")
    output.note(f"gitgates: {refusal.ref}: {word}")
    output.note(f"  rule: {refusal.rule}")
    for reason in refusal.reasons:
        output.note(f"  why:  {reason}")
    for remedy in dict.fromkeys(filter(None, refusal.remedies)):
        output.note(f"  do:   {remedy}")


def _warn(output: Teller, warnings: "Sequence[Finding]") -> None:
    for finding in warnings[:_SHOWN]:
        where = f"{finding.path}: " if finding.path else ""
        output.note(f"gitgates: {finding.severity.value}: {where}{finding.text}")
    if len(warnings) > _SHOWN:
        output.note(f"gitgates: {len(warnings) - _SHOWN} more; `gitgates verify` shows all")
