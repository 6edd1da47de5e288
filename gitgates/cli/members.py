"""What the actions of `gitgates member` do: each edits the texts in force and proposes them as a policy."""

import argparse
import os
from collections.abc import Callable

from gitgates.artifacts.files import read_input
from gitgates.cli.options import session_of
from gitgates.cli.output import DIM, Output
from gitgates.cli.policies import show_proposed
from gitgates.cli.progress import progress
from gitgates.cli.sharing import write_and_share
from gitgates.cli.trust_note import tell_unpinned
from gitgates.errors import InputFileError, InvalidValue, UsageError
from gitgates.ledger import membership
from gitgates.ledger.proposing import Draft, Proposed, propose
from gitgates.ledger.reading import Ledger
from gitgates.model.policy import Policy
from gitgates.model.records import PolicyRecord
from gitgates.trust.keys import PublicKey

Edit = Callable[[Ledger], Draft]


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
    roles = tuple(args.role)
    return _edited(args, output, lambda ledger: membership.add_member(_in_force(ledger), args.principal, roles, key))


def remove(args: argparse.Namespace, output: Output) -> int:
    """Remove a member and all their keys."""
    return _edited(args, output, lambda ledger: membership.remove_member(_in_force(ledger), args.principal))


def rotate_key(args: argparse.Namespace, output: Output) -> int:
    """Replace all keys of a member by a new one."""
    key = _public_key(args.public_key)
    return _edited(args, output, lambda ledger: membership.rotate_key(_in_force(ledger), args.principal, key))


def revoke_key(args: argparse.Namespace, output: Output) -> int:
    """Revoke a key of anybody, listed now or earlier."""

    def edit(ledger: Ledger) -> Draft:
        known = ledger.chain.known_keys() - {key for key, _ in ledger.chain.revoked_by()}
        keys = frozenset(key for key in known if PublicKey.parse(key).fingerprint == args.fingerprint)
        if not keys:
            raise UsageError(
                f"no policy of this ledger lists the key {args.fingerprint}, or it is revoked already",
                remedy="`gitgates member list` shows the keys in force",
            )
        return membership.revoke_key(_in_force(ledger), keys)

    return _edited(args, output, edit)


def _in_force(ledger: Ledger) -> PolicyRecord:
    return ledger.chain.accepted[ledger.chain.effective()].record


def _edited(args: argparse.Namespace, output: Output, edit: Edit) -> int:
    """Propose the edited texts of the policy in force."""
    session = session_of(args)

    def write(ledger: Ledger) -> Proposed:
        try:
            draft = edit(ledger)
        except InvalidValue as error:
            raise UsageError(error.message, remedy=error.remedy) from None
        key = session.signing_key(ledger.repository)
        with progress("sealing") as told:
            return propose(ledger, key, draft, session.clock(), told)

    done, shared = write_and_share(args, session, write)
    return show_proposed(output, done, shared)


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
