"""What the actions of `gitgates policy` do."""

import argparse
import os

from gitgates.artifacts.files import read_input
from gitgates.cli.options import session_of
from gitgates.cli.output import BAD, DIM, GOOD, UNSURE, Output
from gitgates.cli.trust_note import tell_unpinned
from gitgates.codec.durations import duration_text
from gitgates.decision.policy_diff import describe
from gitgates.decision.policy_lint import lockouts, oddities
from gitgates.errors import ConfigError, InputFileError, UsageError
from gitgates.ledger.pin import CONFIG_KEY
from gitgates.ledger.proposing import Draft, Proposed, changes_of, read_draft
from gitgates.ledger.proposing import endorse as append_endorsement
from gitgates.ledger.proposing import propose as append_policy
from gitgates.ledger.reading import Ledger
from gitgates.model.paths import LEDGER_FOLDER
from gitgates.model.policy import ContextPolicy, Policy
from gitgates.trust.keys import PublicKey


def show(args: argparse.Namespace, output: Output) -> int:
    """Show the policy in force; 0 where the files in the worktree say the same, 1 where they differ."""
    with session_of(args).open() as ledger:
        tell_unpinned(ledger, output)
        identifier = ledger.chain.effective()
        record = ledger.chain.accepted[identifier].record
        if args.text:
            output.raw(record.policy_toml if args.text == "policy" else record.allowed_signers)
            return 0
        pending = sorted(ledger.chain.pending)
        differences = _differences(ledger)
    policy = record.parsed
    output.json(
        "policy/1",
        {
            "id": identifier,
            "author": record.author,
            "policy_toml": record.policy_toml,
            "allowed_signers": record.allowed_signers,
            "pending": pending,
            "differences": list(differences),
        },
    )
    output.line(f"policy {identifier}, signed by {record.author}, {record.created:%Y-%m-%d %H:%M:%S} UTC")
    _show_rules(output, policy)
    for one in pending:
        output.line(f"pending: {one}: {ledger.chain.refused[one]}", UNSURE)
    for difference in differences:
        output.line(f"the files in the worktree differ, without effect: {difference}", UNSURE)
    return 1 if differences else 0


def _show_rules(output: Output, policy: Policy) -> None:
    output.line(f"  ledger branch {policy.ledger_branch}, admin quorum {policy.admin_quorum}")
    for member in policy.members:
        output.line(f"  {member.principal}: {', '.join(member.roles) or 'no role'}")
        for signer in policy.signers:
            if signer.principal == member.principal:
                output.line(f"    key {PublicKey.parse(signer.key).fingerprint}", DIM)
    for context in policy.contexts:
        output.line(f"  {context.name}: {_in_words(context)}")


def _in_words(context: ContextPolicy) -> str:
    words = [f"{context.required_approvals} approval(s)"]
    words += ["not by the report's author"] if context.separation_of_duties else []
    words += [f"gates {', '.join(context.required_gates)}"] if context.required_gates else []
    words += [f"reports up to {duration_text(context.max_report_age)}"] if context.max_report_age else []
    words += [f"approvals up to {duration_text(context.approval_expires)}"] if context.approval_expires else []
    words += [f"promoted from {context.promoted_from}"] if context.promoted_from else []
    flags = ("allow_force", "require_evidence", "require_artifacts")
    words += [flag for flag in flags if getattr(context, flag)]
    return "; ".join(words)


def _differences(ledger: Ledger) -> tuple[str, ...]:
    """Return what the files in the worktree would change; empty where there are none."""
    try:
        policy = read_draft(_worktree_draft(ledger, None, None))
    except InputFileError:
        return ()
    except ConfigError as error:
        return (str(error),)
    return changes_of(ledger, policy)


def propose(args: argparse.Namespace, output: Output) -> int:
    """Sign the edited files as a policy: 0 in force, 1 waits for endorsements."""
    session = session_of(args)
    with session.open() as ledger:
        draft = _worktree_draft(ledger, args.policy, args.signers, tuple(args.admits), tuple(args.annuls))
        if args.dry_run:
            changes = changes_of(ledger, read_draft(draft))
            output.json("policy-changes/1", {"changes": list(changes)})
            for change in changes or ("nothing changes",):
                output.line(change)
            return 0
        done = append_policy(ledger, session.signing_key(ledger.repository), draft, session.clock(), _silent)
    return show_proposed(output, done)


def show_proposed(output: Output, done: Proposed) -> int:
    """Print a policy that was just signed: 0 in force, 1 waits for endorsements."""
    sealed = sum(len(ids) for ids in done.sealing.heads.values())
    output.json(
        "policy-propose/1",
        {
            "id": done.id,
            "accepted": done.accepted,
            "lacking": done.lacking,
            "changes": list(done.changes),
            "sealed_versions": len(done.sealing.heads),
            "outside": list(done.sealing.outside),
            "branch": done.ref,
        },
    )
    output.line(f"policy {done.id}", GOOD if done.accepted else UNSURE)
    for change in done.changes:
        output.line(f"  {change}")
    output.line(f"  seals {sealed} head(s) of {len(done.sealing.heads)} model version(s)", DIM)
    for identifier in done.sealing.outside:
        output.line(f"  outside the seal, since it does not count: {identifier}", UNSURE)
    if done.accepted:
        output.line("  it is in force", GOOD)
        return 0
    output.line(f"  it is not in force: {done.lacking}", BAD)
    output.line(f"  another admin: gitgates policy endorse {done.id[:12]}", DIM)
    return 1


def lint(args: argparse.Namespace, output: Output) -> int:
    """Check the edited files: 0 nothing found, 1 oddities, 2 they cannot be a policy."""
    with session_of(args).open() as ledger:
        policy = read_draft(_worktree_draft(ledger, args.policy, args.signers))
        revoked = frozenset(key for key, _ in ledger.chain.revoked_by())
        changes = changes_of(ledger, policy)
    locked, odd = lockouts(policy, revoked), oddities(policy)
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


def endorse(args: argparse.Namespace, output: Output) -> int:
    """Sign a pending policy as a further admin: 0 it is in force, 1 it still waits."""
    session = session_of(args)
    with session.open() as ledger:
        done = append_endorsement(ledger, session.signing_key(ledger.repository), args.policy, session.clock())
    output.json(
        "policy-endorse/1",
        {"id": done.id, "endorses": done.endorses, "accepted": done.accepted, "lacking": done.lacking},
    )
    output.line(f"endorsed the policy {done.endorses}", GOOD)
    output.line("  it is in force" if done.accepted else f"  it is not in force yet: {done.lacking}")
    return 0 if done.accepted else 1


def adopt(args: argparse.Namespace, output: Output) -> int:
    """Pin a policy in this clone; other clones are not touched."""
    with session_of(args).open() as ledger:
        ledger.require_pin(trust_first_use=False)
        fitting = [identifier for identifier in ledger.chain.accepted if identifier.startswith(args.policy)]
        if len(fitting) != 1:
            raise UsageError(f"{len(fitting)} accepted policies start with {args.policy!r}", remedy="See policy log")
        value = f"{ledger.root}@{fitting[0]}"
        ledger.repository.set_config(CONFIG_KEY, value)
    output.json("policy-adopt/1", {"root": ledger.root, "policy": fitting[0]})
    output.line(
        f"this clone rests on the policy {fitting[0]}; undo it with git config {CONFIG_KEY} {ledger.root}", UNSURE
    )
    return 0


def log(args: argparse.Namespace, output: Output) -> int:
    """List all policies, each after those that it follows, with what it changed."""
    with session_of(args).open() as ledger:
        tell_unpinned(ledger, output)
        chain = ledger.chain
        heads = chain.heads()
    rows = []
    for identifier, signed in chain.accepted.items():
        parents = signed.record.parents
        changes = [s for parent in parents for s in describe(chain.policy(parent), signed.record.parsed)]
        endorsers = [e.record.author for e in ledger.policies.endorsements if e.record.endorses == identifier]
        rows.append((identifier, signed.record, tuple(dict.fromkeys(changes)), endorsers))
    output.json(
        "policy-log/1",
        {
            "policies": [
                {
                    "id": identifier,
                    "author": record.author,
                    "endorsed_by": endorsers,
                    "created": record.created.isoformat(),
                    "in_force": identifier in heads,
                    "changes": list(changes),
                }
                for identifier, record, changes, endorsers in rows
            ],
            "refused": dict(chain.refused),
        },
    )
    for identifier, record, told, endorsers in rows:
        word = " (in force)" if identifier in heads else ""
        signers = " and ".join((record.author, *endorsers))
        output.line(f"{identifier}{word}", GOOD if word else None)
        output.line(f"  {record.created:%Y-%m-%d %H:%M:%S} UTC, signed by {signers}")
        for change in told or ("the root",):
            output.line(f"  {change}")
    for identifier, reason in chain.refused.items():
        output.line(f"{identifier} (not in force): {reason}", UNSURE)
    return 0


def _silent(done: int) -> None:
    """Tell nobody."""


def _worktree_draft(
    ledger: Ledger,
    policy: str | None,
    signers: str | None,
    admits: tuple[str, ...] = (),
    annuls: tuple[str, ...] = (),
) -> Draft:
    """Return the draft in the files given, else in the worktree.

    Raises:
        InputFileError: a file is not there or not text; where the ledger's branch is not checked out, there is none.
    """
    folder = os.path.join(ledger.repository.worktree or os.curdir, LEDGER_FOLDER)
    texts = []
    for given, name in ((policy, "policy.toml"), (signers, "allowed_signers")):
        path = given or os.path.join(folder, name)
        try:
            texts.append(read_input(path).decode("utf-8"))
        except UnicodeDecodeError:
            raise InputFileError(path, "is not UTF-8") from None
    return Draft(policy_toml=texts[0], allowed_signers=texts[1], admits=admits, annuls=annuls)
