"""What `gitgates policy show` and `gitgates policy log` print."""

import argparse
from collections.abc import Iterable
from typing import Any

from gitgates.cli.drafts import differences
from gitgates.cli.options import session_of
from gitgates.cli.output import DIM, GOOD, UNSURE, Output
from gitgates.cli.trust_note import tell_unpinned
from gitgates.codec.durations import duration_text
from gitgates.decision.policy_diff import describe
from gitgates.decision.signed import SignedPolicy
from gitgates.errors import UsageError
from gitgates.ledger.endorsing import MIN_PREFIX, Pending, endorsers_of, pending_policies
from gitgates.ledger.reading import Ledger
from gitgates.model.policy import ContextPolicy, Policy
from gitgates.trust.keys import PublicKey


def show(args: argparse.Namespace, output: Output) -> int:
    """Show the policy in force, or any other one: 1 where the worktree's files differ from what is in force."""
    with session_of(args).open() as ledger:
        tell_unpinned(ledger, output)
        if args.policy is None:
            signed = ledger.chain.accepted[ledger.chain.effective()]
        else:
            signed = _by_prefix(ledger, args.policy)
        pending = [one for one in pending_policies(ledger) if args.policy is None or one.signed.id == signed.id]
        different = differences(ledger) if args.policy is None and not args.text else ()
    if args.text:
        output.raw(signed.record.policy_toml if args.text == "policy" else signed.record.allowed_signers)
        return 0
    output.json(
        "policy-show/1",
        {
            "id": signed.id,
            "author": signed.record.author,
            "policy_toml": signed.record.policy_toml,
            "allowed_signers": signed.record.allowed_signers,
            "in_force": signed.id in ledger.chain.heads(),
            "pending": [one.signed.id for one in pending],
            "differences": list(different),
        },
    )
    when = f"{signed.record.created:%Y-%m-%d %H:%M:%S} UTC"
    output.line(f"policy {signed.id}, signed by {signed.record.author}, {when}")
    _show_rules(output, signed.record.parsed)
    for one in pending:
        show_pending(output, one)
    for difference in different:
        output.line(f"the files in the worktree differ, without effect: {difference}", UNSURE)
    return 1 if different else 0


def _by_prefix(ledger: Ledger, prefix: str) -> SignedPolicy:
    fitting = [signed for signed in ledger.policies.signed if signed.id.startswith(prefix)]
    if len(fitting) != 1:
        raise UsageError(f"{len(fitting)} policies start with {prefix!r}", remedy="`gitgates policy log` lists them")
    return fitting[0]


def show_pending(output: Output, one: Pending) -> None:
    """Print what a pending policy waits for, and for whom."""
    output.line(f"pending: policy {one.signed.id} by {one.signed.record.author}: {one.reason}", UNSURE)
    for change in one.changes:
        output.line(f"  {change}")
    if one.overtaken:
        output.line("  overtaken by another policy: it must be proposed again", UNSURE)
        return
    for quorum in one.quorums:
        whose = "its own quorum" if quorum.of == one.signed.id else f"the quorum of {quorum.of[:MIN_PREFIX]}"
        who = ", ".join(quorum.open_to) or "nobody any more"
        output.line(f"  {whose} lacks {quorum.lacking}; could endorse: {who}")


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
    words += [f"profile {context.profile}"] if context.profile != context.name else []
    words += [f"baseline {context.require_baseline}"] if context.require_baseline != "none" else []
    words += [f"promoted from {context.promoted_from}"] if context.promoted_from else []
    words += [f"{' or '.join(context.afs_status)} in AFS's registry"] if context.afs_status else []
    words += [f"{pin.metric} from {pin.path} alone" for pin in context.metric_paths or ()]
    flags = ("allow_force", "allow_waivers", "allow_unknown_severities", "require_evidence", "require_artifacts")
    words += [flag for flag in flags if getattr(context, flag)]
    return "; ".join(words)


def log(args: argparse.Namespace, output: Output) -> int:
    """List all policies, each after those that it follows, with what it changed."""
    with session_of(args).open() as ledger:
        tell_unpinned(ledger, output)
        rows = [_entry(ledger, identifier) for identifier in ledger.chain.accepted]
    output.json("policy-log/1", {"policies": rows, "refused": dict(ledger.chain.refused)})
    for row in rows:
        _show_entry(output, row)
    for identifier, reason in ledger.chain.refused.items():
        output.line(f"{identifier} (not in force): {reason}", UNSURE)
    return 0


def _entry(ledger: Ledger, identifier: str) -> dict[str, Any]:
    chain = ledger.chain
    record = chain.accepted[identifier].record
    told = (text for parent in record.parents for text in describe(chain.policy(parent), record.parsed))
    return {
        "id": identifier,
        "author": record.author,
        "endorsed_by": list(endorsers_of(ledger, identifier)),
        "created": record.created.isoformat(),
        "in_force": identifier in chain.heads(),
        "parents": list(record.parents),
        "changes": [*dict.fromkeys(told)],
        "admits": list(record.admits),
        "annuls": list(record.annuls),
        "revoked": [PublicKey.parse(key).fingerprint for key in record.revoked],
    }


def _show_entry(output: Output, row: dict[str, Any]) -> None:
    output.line(f"{row['id']}{' (in force)' if row['in_force'] else ''}", GOOD if row["in_force"] else None)
    signers = " and ".join((row["author"], *row["endorsed_by"]))
    output.line(f"  {row['created'][:19].replace('T', ' ')} UTC, signed by {signers}")
    for change in row["changes"] if row["parents"] else ("the root",):
        output.line(f"  {change}")
    _list(output, "admits", row["admits"])
    _list(output, "annuls", row["annuls"])
    _list(output, "revokes", row["revoked"])


def _list(output: Output, word: str, items: Iterable[str]) -> None:
    for item in items:
        output.line(f"  {word} {item}")
