"""Editing `policy.toml` so that comments and order stay as people wrote them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from gitgates.errors import InvalidValue

if TYPE_CHECKING:
    from tomlkit import TOMLDocument


def set_roles(policy_toml: str, principal: str, roles: Iterable[str] | None) -> str:
    """Return the text with the roles of a member set, or with the member removed where `roles` is None.

    Raises:
        InvalidValue: the text is no TOML, has no table of members, or the member to remove is not in it.
    """
    from tomlkit import dumps
    from tomlkit.items import InlineTable, Table

    document = _parse(policy_toml)
    members = document.get("members")
    if not isinstance(members, Table | InlineTable):
        raise InvalidValue(
            "missing, or not one table",
            field="$.members",
            remedy="Write all members below one [members], and propose that with `gitgates policy propose`",
        )
    if roles is None:
        if principal not in members:
            raise InvalidValue(f"{principal} is not a member", field="$.members")
        members.remove(principal)
        return dumps(document)
    body = members.value.body
    below = []
    while body and body[-1][0] is None:  # a new member goes above what stands between the last one and the next table
        below.append(body.pop())
    members[principal] = sorted(set(roles))
    body.extend(reversed(below))
    return dumps(document)


def set_ledger_branch(policy_toml: str, branch: str) -> str:
    """Return the text with another branch for the ledger.

    Raises:
        InvalidValue: the text is no TOML.
    """
    from tomlkit import dumps

    document = _parse(policy_toml)
    document["ledger_branch"] = branch
    return dumps(document)


def keep_members(policy_toml: str, in_force: str) -> str:
    """Return the text as it is where it has members, else with those of the text `in_force`.

    Raises:
        InvalidValue: one of the texts is no TOML.
    """
    from tomlkit import dumps, table

    document, old = _parse(policy_toml), _parse(in_force)
    if "members" in document or "members" not in old:
        return policy_toml
    members = table()
    for principal, roles in old["members"].unwrap().items():
        members[principal] = roles
    text = policy_toml if policy_toml.endswith("\n") else f"{policy_toml}\n"
    return f"{text}\n{dumps({'members': members})}"


def _parse(text: str) -> "TOMLDocument":
    from tomlkit import parse  # keeps comments, which tomllib does not; only commands that edit pay for it
    from tomlkit.exceptions import TOMLKitError

    try:
        return parse(text)
    except TOMLKitError as error:
        raise InvalidValue(f"policy.toml: {error}") from None
