"""What the actions of `gitgates member` do: each edits the texts in force and proposes them as a policy."""

import argparse
import os
from collections.abc import Callable

from gitgates.artifacts.files import read_input
from gitgates.cli.options import session_of
from gitgates.cli.output import DIM, Output
from gitgates.cli.policies import show_proposed
from gitgates.cli.trust_note import tell_unpinned
from gitgates.codec.policy_edit import set_roles
from gitgates.errors import InputFileError, InvalidValue, UsageError
from gitgates.ledger.proposing import Draft, propose
from gitgates.model.policy import Policy, Signer
from gitgates.model.records import PolicyRecord
from gitgates.trust.allowed_signers import parse as parse_signers
from gitgates.trust.allowed_signers import render
from gitgates.trust.keys import PublicKey

Edit = Callable[[PolicyRecord], Draft]


def list(args: argparse.Namespace, output: Output) -> int:  # noqa: A001 -- named like the action that it is
    """List the members of the policy in force."""
    with session_of(args).open() as ledger:
        tell_unpinned(ledger, output)
        policy = ledger.chain.current()
    rows = [(m.principal, m.roles, _fingerprints(policy, m.principal)) for m in policy.members]
    output.json(
        "member-list/1",
        {"members": [{"principal": p, "roles": [*roles], "keys": [*keys]} for p, roles, keys in rows]},
    )
    for principal, roles, keys in rows:
        output.line(f"{principal}: {', '.join(roles) or 'no role'}")
        for fingerprint in keys or ("no key",):
            output.line(f"  {fingerprint}", DIM)
    return 0


def _fingerprints(policy: Policy, principal: str) -> tuple[str, ...]:
    return tuple(PublicKey.parse(s.key).fingerprint for s in policy.signers if s.principal == principal)


def add(args: argparse.Namespace, output: Output) -> int:
    """Add a member, or set the roles of one, and add a key where one is given."""
    key = _public_key(args.public_key) if args.public_key else None

    def edit(record: PolicyRecord) -> Draft:
        if key is None and not _fingerprints(record.parsed, args.principal):
            raise UsageError(f"{args.principal} has no key yet", remedy="Give it with --public-key")
        signers = parse_signers(record.allowed_signers)
        added = () if key is None else (Signer(args.principal, key.text),)
        return Draft(
            policy_toml=set_roles(record.policy_toml, args.principal, args.role),
            allowed_signers=render((*signers, *(new for new in added if new not in signers))),
        )

    return _edited(args, output, edit)


def remove(args: argparse.Namespace, output: Output) -> int:
    """Remove a member and all their keys."""

    def edit(record: PolicyRecord) -> Draft:
        signers = parse_signers(record.allowed_signers)
        return Draft(
            policy_toml=set_roles(record.policy_toml, args.principal, None),
            allowed_signers=render(signer for signer in signers if signer.principal != args.principal),
        )

    return _edited(args, output, edit)


def rotate_key(args: argparse.Namespace, output: Output) -> int:
    """Replace all keys of a member by a new one."""
    key = _public_key(args.public_key)

    def edit(record: PolicyRecord) -> Draft:
        signers = parse_signers(record.allowed_signers)
        if args.principal not in {signer.principal for signer in signers}:
            raise UsageError(f"{args.principal} has no key to replace", remedy="Use `gitgates member add`")
        kept = (signer for signer in signers if signer.principal != args.principal)
        return Draft(policy_toml=record.policy_toml, allowed_signers=render((*kept, Signer(args.principal, key.text))))

    return _edited(args, output, edit)


def revoke_key(args: argparse.Namespace, output: Output) -> int:
    """Revoke a key of anybody, listed now or earlier."""

    def edit(record: PolicyRecord) -> Draft:
        signers = parse_signers(record.allowed_signers)
        revoked = [s for s in signers if PublicKey.parse(s.key).fingerprint == args.fingerprint]
        if not revoked:
            raise UsageError(
                f"the policy in force lists no key {args.fingerprint}", remedy="`gitgates member list` shows the keys"
            )
        return Draft(
            policy_toml=record.policy_toml,
            allowed_signers=render(signer for signer in signers if signer not in revoked),
            revoked=tuple(signer.key for signer in revoked),
        )

    return _edited(args, output, edit)


def _edited(args: argparse.Namespace, output: Output, edit: Edit) -> int:
    """Propose the edited texts of the policy in force."""
    session = session_of(args)
    with session.open() as ledger:
        record = ledger.chain.accepted[ledger.chain.effective()].record
        try:
            draft = edit(record)
        except InvalidValue as error:
            raise UsageError(error.message, remedy=error.remedy) from None
        done = propose(ledger, session.signing_key(ledger.repository), draft, session.clock(), lambda _: None)
    return show_proposed(output, done)


def _public_key(given: str) -> PublicKey:
    """Return the key that `--public-key` names: its text, or a file that holds it."""
    text = given
    if os.path.exists(given):
        try:
            text = read_input(given, 16 * 1024).decode("utf-8").strip()
        except UnicodeDecodeError:
            raise InputFileError(given, "is no public key") from None
    try:
        return PublicKey.parse(text)
    except InvalidValue as error:
        raise UsageError(f"--public-key: {error.message}", remedy="Give the .pub file, or its text") from None
