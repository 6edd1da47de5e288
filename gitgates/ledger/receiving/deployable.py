"""Refs that may only be pushed once a model version may be deployed: asked of the ledger as the push leaves it."""

from collections.abc import Iterator, Sequence

from gitgates.decision.decide import Question, decide
from gitgates.decision.result import Answer, Decision, State
from gitgates.errors import CannotDecide, GitgatesError, InvalidValue, UnknownVersion
from gitgates.ledger.pin import CONFIG_KEY as PIN_KEY
from gitgates.ledger.query import open_version
from gitgates.ledger.reading import Ledger
from gitgates.ledger.receiving.changes import RefChange, Refusal
from gitgates.ledger.receiving.rules import CONFIG_KEY, Rule
from gitgates.ledger.receiving.server import Server
from gitgates.model.names import ModelVersion


def refuse_undeployable(
    server: Server, changes: Sequence[RefChange], rules: Sequence[Rule], ledgers: Sequence[Ledger]
) -> Iterator[Refusal]:
    """Yield the refs that may not be created or moved yet. To delete one is free.

    Args:
        ledgers: as they shall be after the push; if there are several, each must allow it.
    """
    for change in changes:
        for rule in rules if change.new is not None else ():
            matched = rule.match(change.ref)
            if matched is not None:
                yield from _refuse(server, change, rule, rule.name.replace("{match}", matched), ledgers)


def _refuse(server: Server, change: RefChange, rule: Rule, text: str, ledgers: Sequence[Ledger]) -> Iterator[Refusal]:
    try:
        name = ModelVersion.parse(text)
    except InvalidValue as error:
        yield change.refused("", f"git config {CONFIG_KEY}: {error.message}", "Push another ref name")
        return
    if not ledgers:
        problem = CannotDecide("incomplete", "there is no ledger on the server", remedy="Push the ledger's branch")
        yield change.undecided(problem)
    for ledger in ledgers:
        try:
            decision = _decide(server, ledger, name, rule.context)
        except UnknownVersion as unknown:
            remedy = f"Run `gitgates check --model {name} --context {rule.context}`, and push the ledger's branch"
            yield change.refused("", unknown.message, remedy)
        except GitgatesError as error:
            yield change.undecided(error)
        else:
            yield from _told(change, decision)


def _decide(server: Server, ledger: Ledger, name: ModelVersion, context: str) -> Decision:
    if ledger.pin is None:
        raise CannotDecide(
            "no pin",
            f"{CONFIG_KEY} needs a pinned root",
            remedy=f"On the server, run `git config {PIN_KEY} {ledger.root}` once you have compared it",
        )
    known = open_version(ledger, name, server.now).known
    return decide(known, Question(name.model, name.version, context))


def _told(change: RefChange, decision: Decision) -> Iterator[Refusal]:
    if decision.answer is Answer.ALLOWED:
        return
    what = f"{decision.model}:{decision.version} to {decision.context}: {decision.answer.value}: {decision.reason}"
    wanted = (c.remedy for c in decision.conditions if c.state in (State.NOT_MET, State.UNDECIDED) and c.remedy)
    remedy = (
        "; ".join(dict.fromkeys(wanted)) or f"See `gitgates can-deploy --model {decision.model}:{decision.version}`"
    )
    undecided = decision.answer is Answer.CANNOT_DECIDE
    yield Refusal(change.ref, "", what, remedy, is_undecided=undecided)
