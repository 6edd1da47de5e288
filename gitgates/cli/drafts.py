"""Where a proposal's texts come from: the files in the worktree, files that the user names, or what is in force."""

import os
from collections.abc import Sequence

from gitgates.artifacts.files import read_input
from gitgates.codec.policy_edit import keep_members
from gitgates.errors import CannotDecide, ConfigError, InputFileError, InvalidValue, UsageError
from gitgates.ledger.endorsing import MIN_PREFIX
from gitgates.ledger.policy_files import POLICY_FILE, SIGNERS_FILE
from gitgates.ledger.proposing import Draft, changes_of
from gitgates.ledger.reading import Ledger


def draft_of(
    ledger: Ledger,
    policy: str | None = None,
    signers: str | None = None,
    admits: Sequence[str] = (),
    annuls: Sequence[str] = (),
) -> Draft:
    """Return the draft in the files given. A file that is not given is the ledger's own in the worktree, where that
    has the ledger's branch checked out; else the text in force stays. A policy without members keeps those in force.

    Raises:
        InputFileError: a file is not there or not text.
        UsageError: no file is given, and the worktree has none of this ledger; or there is a fork, so that no one text
            is in force.
    """
    own = _own_folder(ledger)
    if own is None and policy is None and signers is None and not admits and not annuls:
        raise UsageError(
            f"the ledger's branch {_branch(ledger)} is not checked out here, so there are no edited files",
            remedy="Save the text with `gitgates policy show --text policy`, edit it, and name it with --policy",
        )
    text = _text(policy, own, POLICY_FILE)
    keys = _text(signers, own, SIGNERS_FILE)
    try:
        in_force = ledger.chain.accepted[ledger.chain.effective()].record
    except CannotDecide as error:
        if text is None or keys is None:
            raise UsageError(error.message, remedy="Give both files, with --policy and --signers") from None
        if policy is None or signers is None:
            _refuse_one_side(ledger, text, keys)
    else:
        text = in_force.policy_toml if text is None else _with_members(text, in_force.policy_toml)
        keys = in_force.allowed_signers if keys is None else keys
    return Draft(policy_toml=text, allowed_signers=keys, admits=tuple(admits), annuls=tuple(annuls))


def _refuse_one_side(ledger: Ledger, policy: str, signers: str) -> None:
    """Raise UsageError where there is a fork and a text is one side's: it would take back what the others changed."""
    heads = ledger.chain.heads()
    records = [ledger.chain.accepted[head].record for head in heads]
    sides = ({record.policy_toml for record in records}, {record.allowed_signers for record in records})
    if all(len(side) == 1 or text not in side for side, text in zip(sides, (policy, signers), strict=True)):
        return
    one, *others = (head[:MIN_PREFIX] for head in heads)
    raise UsageError(
        f"{len(heads)} policies are in force at once: {', '.join(heads)}. These files are one side's, and would take "
        "back what the other side changed",
        remedy=f"Save one side with `gitgates policy show {one} --text policy > policy.toml` and `gitgates policy show "
        f"{one} --text signers > allowed_signers`, bring in by hand what {', '.join(others)} changed (`gitgates policy "
        "log`), and run `gitgates policy propose --policy policy.toml --signers allowed_signers`",
    )


def _with_members(text: str, in_force: str) -> str:
    try:
        return keep_members(text, in_force)
    except InvalidValue as error:
        raise ConfigError(error.message, remedy=error.remedy) from None


def differences(ledger: Ledger) -> tuple[str, ...]:
    """Return what the files in the worktree would change; empty where they say what is in force, or are not there."""
    own = _own_folder(ledger)
    if own is None or not os.path.lexists(os.path.join(own, POLICY_FILE)):
        return ()
    try:
        return changes_of(ledger, draft_of(ledger))
    except (ConfigError, InputFileError) as error:
        return (str(error),)


def _branch(ledger: Ledger) -> str:
    chain = ledger.chain
    return chain.policy(chain.heads()[0]).ledger_branch.removeprefix("refs/heads/")


def _own_folder(ledger: Ledger) -> str | None:
    """Return the worktree if it has the ledger's branch checked out; another branch's files may be old."""
    worktree = ledger.repository.worktree
    return worktree if worktree and ledger.repository.head().ref == f"refs/heads/{_branch(ledger)}" else None


def _text(given: str | None, own: str | None, path: str) -> str | None:
    if given is None:
        if own is None:
            return None
        given = os.path.join(own, *path.split("/"))
    try:
        return read_input(given).decode("utf-8")
    except UnicodeDecodeError:
        raise InputFileError(given, "is not UTF-8") from None
