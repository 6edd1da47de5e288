"""What the actions of `gitgates policy` do that propose, check, endorse and adopt."""

import argparse

import attrs

from gitgates.cli.drafts import draft_of
from gitgates.cli.options import session_of
from gitgates.cli.output import BAD, DIM, GOOD, UNSURE, Output
from gitgates.cli.progress import progress
from gitgates.cli.sharing import Shared, where, write_and_share
from gitgates.codec.policy_template import team_policy
from gitgates.decision.policy_lint import oddities
from gitgates.errors import CannotDecide, ConfigError, UsageError
from gitgates.ledger.endorsing import MIN_PREFIX, Endorsed
from gitgates.ledger.endorsing import endorse as append_endorsement
from gitgates.ledger.pin import CONFIG_KEY
from gitgates.ledger.proposing import Draft, Proposed, changes_of, lockouts_of, read_draft
from gitgates.ledger.proposing import propose as append_policy
from gitgates.ledger.reading import Ledger


def propose(args: argparse.Namespace, output: Output) -> int:
    """Sign the edited files as a policy: 0 in force, 1 waits for endorsements."""
    session = session_of(args)
    if args.dry_run:
        with session.open() as ledger:
            draft = _draft(ledger, args)
            if locked := lockouts_of(ledger, read_draft(draft), draft.revoked):
                raise ConfigError(f"this policy would lock people out: {'; '.join(locked)}", remedy="Change it first")
            return _show_changes(output, changes_of(ledger, draft))

    def write(ledger: Ledger) -> Proposed:
        with progress("sealing") as told:
            key = session.signing_key(ledger.repository)
            return append_policy(ledger, key, _draft(ledger, args), session.clock(), told)

    done, shared = write_and_share(args, session, write)
    return show_proposed(output, done, shared)


def _draft(ledger: Ledger, args: argparse.Namespace) -> Draft:
    return draft_of(ledger, args.policy, args.signers, args.admits, args.annuls)


def _show_changes(output: Output, changes: tuple[str, ...]) -> int:
    output.json("policy-changes/1", {"changes": list(changes)})
    for change in changes or ("nothing changes",):
        output.line(change)
    return 0


def show_proposed(output: Output, done: Proposed, shared: Shared) -> int:
    """Print a policy that was just signed: 0 in force, 1 waits for endorsements."""
    sealed = sum(len(ids) for ids in done.sealing.heads.values())
    output.json(
        "policy-propose/1",
        {
            "id": done.id,
            "accepted": done.accepted,
            "lacking": done.lacking,
            "changes": list(done.changes),
            "oddities": list(done.oddities),
            "joins": done.joins,
            "sealed_versions": len(done.sealing.heads),
            "outside": list(done.sealing.outside),
            "branch": done.ref,
            **shared.value(),
        },
    )
    output.line(f"policy {done.id}", GOOD if done.accepted else UNSURE)
    for change in done.changes:
        output.line(f"  {change}")
    output.line(f"  seals {sealed} head(s) of {len(done.sealing.heads)} model version(s)", DIM)
    for text in done.oddities:
        output.line(f"  odd: {text}", UNSURE)
    if done.joins > 1:
        output.line(f"  joins {done.joins} policies that were in force at once")
    for identifier in done.sealing.outside:
        output.line(f"  outside the seal, since it does not count: {identifier}", UNSURE)
    output.line(f"  {where(shared)}", DIM)
    if done.accepted:
        output.line("  it is in force", GOOD)
        return 0
    output.line(f"  it is not in force: {done.lacking}", BAD)
    output.line(f"  another admin: gitgates policy endorse {done.id[:MIN_PREFIX]}", DIM)
    return 1


def lint(args: argparse.Namespace, output: Output) -> int:
    """Check the edited files: 0 nothing found, 1 oddities, 2 they cannot be a policy."""
    with session_of(args).open() as ledger:
        draft = draft_of(ledger, args.policy, args.signers)
        policy = read_draft(draft)
        locked, odd, changes = lockouts_of(ledger, policy), oddities(policy), changes_of(ledger, draft)
    output.json("policy-lint/1", {"lockouts": list(locked), "oddities": list(odd), "changes": list(changes)})
    for text in locked:
        output.line(f"would lock people out: {text}", BAD)
    for text in odd:
        output.line(f"odd: {text}", UNSURE)
    for text in changes:
        output.line(f"would change: {text}")
    if locked:
        return 2
    return 1 if odd else 0


def template(args: argparse.Namespace, output: Output) -> int:
    """Print a commented policy.toml for a team, without members, to be edited and proposed."""
    with session_of(args).open() as ledger:
        text = team_policy(ledger.chain.current().ledger_branch)
    output.json("policy-template/1", {"policy_toml": text})
    if not output.as_json:
        output.raw(text)
    return 0


def endorse(args: argparse.Namespace, output: Output) -> int:
    """Sign a pending policy as a further admin: 0 it is in force, 1 it still waits."""
    session = session_of(args)

    def write(ledger: Ledger) -> Endorsed:
        return append_endorsement(ledger, session.signing_key(ledger.repository), args.policy, session.clock())

    done, shared = write_and_share(args, session, write)
    output.json(
        "policy-endorse/1",
        {
            "id": done.id,
            "endorses": done.endorses,
            "changes": list(done.changes),
            "accepted": done.accepted,
            "lacking": done.lacking,
            "branch": done.ref,
            **shared.value(),
        },
    )
    output.line(f"endorsed the policy {done.endorses}", GOOD)
    for change in done.changes:
        output.line(f"  {change}")
    output.line("  it is in force" if done.accepted else f"  it is not in force yet: {done.lacking}")
    output.line(f"  {where(shared)}", DIM)
    if done.left:
        from gitgates.cli.migrating import tell_to_share
        from gitgates.store.repository import Repository

        remote = next(iter(Repository.open(session.path).config.subsections("remote")), "")
        tell_to_share(output, remote, (done.left,), done.ref)
    return 0 if done.accepted else 1


def adopt(args: argparse.Namespace, output: Output) -> int:
    """Pin a policy in this clone; other clones are not touched."""
    with session_of(args).open() as ledger:
        ledger.require_pin(trust_first_use=False)
        fitting = [identifier for identifier in ledger.chain.accepted if identifier.startswith(args.policy)]
        if len(fitting) != 1:
            raise UsageError(f"{len(fitting)} accepted policies start with {args.policy!r}", remedy="See policy log")
        _refuse_useless_adoption(ledger, fitting[0])
        ledger.repository.set_config(CONFIG_KEY, f"{ledger.root}@{fitting[0]}")
    output.json("policy-adopt/1", {"root": ledger.root, "policy": fitting[0]})
    output.line(
        f"this clone rests on the policy {fitting[0]}; undo it with git config {CONFIG_KEY} {ledger.root}", UNSURE
    )
    return 0


def _refuse_useless_adoption(ledger: Ledger, policy_id: str) -> None:
    """Raise UsageError unless adopting the policy turns "cannot decide" into an answer: it hides later forks."""
    try:
        attrs.evolve(ledger.chain, adopted=None).effective()
    except CannotDecide:
        after = attrs.evolve(ledger.chain, adopted=policy_id).heads()
        if len(after) != 1:
            raise UsageError(
                f"{len(after)} policies in force follow {policy_id}: adopting it settles nothing",
                remedy=f"Adopt one of these: {', '.join(after)}",
            ) from None
    else:
        raise UsageError("one policy is in force: there is nothing to adopt", remedy="See `gitgates policy show`")
