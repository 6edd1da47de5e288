"""Editing `policy.toml` so that comments and order stay as people wrote them."""

from collections.abc import Iterable

from gitgates.errors import InvalidValue


def set_roles(policy_toml: str, principal: str, roles: Iterable[str] | None) -> str:
    """Return the text with the roles of a member set, or with the member removed where `roles` is None.

    Raises:
        InvalidValue: the text has no table of members, or the member to remove is not in it.
    """
    import tomlkit  # keeps comments, which tomllib and tomli-w do not; only `member` commands pay for it
    from tomlkit.items import Table

    document = tomlkit.parse(policy_toml)
    members = document.get("members")
    if not isinstance(members, Table):
        raise InvalidValue("missing or not a table", field="$.members")
    if roles is not None:
        members[principal] = sorted(roles)
    elif principal in members:
        members.remove(principal)
    else:
        raise InvalidValue(f"{principal} is not a member", field="$.members")
    return tomlkit.dumps(document)
