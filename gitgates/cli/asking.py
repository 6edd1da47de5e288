"""Asking whether a model version may be deployed: what `can-deploy` and `deploy` share."""

from collections.abc import Sequence
from datetime import datetime

from gitgates.decision.conditions import GivenArtifact
from gitgates.decision.decide import Question, decide
from gitgates.decision.result import Answer, Decision
from gitgates.ledger.query import Opened, open_version, unknown_context
from gitgates.ledger.reading import Ledger
from gitgates.model.frozen import frozen
from gitgates.model.names import ModelVersion

_EXIT_CODES = {Answer.ALLOWED: 0, Answer.DENIED: 1, Answer.CANNOT_DECIDE: 3}


@frozen
class Asked:
    """A decision and what it was made from."""

    opened: Opened
    question: Question
    decision: Decision

    @property
    def exit_code(self) -> int:
        """0 allowed, 1 denied, 3 cannot decide."""
        return _EXIT_CODES[self.decision.answer]


def ask(
    ledger: Ledger,
    name: ModelVersion,
    context: str,
    artifacts: Sequence[str],
    now: datetime,
    *,
    trust_first_use: bool,
) -> Asked:
    """Return the decision on deploying `name` to `context`.

    Args:
        artifacts: paths of what is to be deployed; hashed here and now, never taken from a cache.

    Raises:
        CannotDecide: the root is not pinned, or the version's records are not here.
        UnknownVersion: the ledger has no record of the version.
        UsageError: the policy in force knows no such context.
    """
    ledger.require_pin(trust_first_use=trust_first_use)
    refuse_unknown_context(ledger, context)
    opened = open_version(ledger, name, now)
    question = Question(name.model, name.version, context, _given(artifacts))
    return Asked(opened, question, decide(opened.known, question))


def _given(paths: Sequence[str]) -> tuple[GivenArtifact, ...]:
    if not paths:
        return ()
    from gitgates.cli.artifacts import given_artifacts  # hashing is not on the path of a plain answer

    return given_artifacts(paths)


def refuse_unknown_context(ledger: Ledger, context: str) -> None:
    """Raise UsageError: a typing mistake is no "no". Where policies fork, `decide` says so."""
    heads = [ledger.chain.policy(head) for head in ledger.chain.heads()]
    if heads and all(policy.context(context) is None for policy in heads):
        raise unknown_context(context, heads[0])
