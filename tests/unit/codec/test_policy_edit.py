"""Edits of policy.toml: what people wrote around them stays."""

import tomllib

import attrs
import pytest

from gitgates.codec.policy_edit import keep_members, set_ledger_branch, set_roles
from gitgates.codec.policy_template import team_policy
from gitgates.codec.policy_toml import default_context, initial_policy, parse_policy
from gitgates.errors import InvalidValue
from gitgates.model.names import DeploymentContext
from gitgates.model.policy import Signer

TEXT = """\
# top
[members]               # roles
"alice@example.com" = ["admin"]   # the boss
"bob@example.com" = [  # many
  "admin", # one
]

# about contexts
[contexts.staging]
"""


def test_a_new_member_stands_below_the_last_one() -> None:
    line = '"carol@example.com" = ["admin", "checker"]\n'
    assert set_roles(TEXT, "carol@example.com", ["checker", "admin", "checker"]) == TEXT.replace(
        "]\n\n#", f"]\n{line}\n#"
    )


def test_other_roles_keep_the_comment() -> None:
    edited = set_roles(TEXT, "alice@example.com", ["approver"])
    assert edited == TEXT.replace('["admin"]   # the', '["approver"]   # the')


def test_removal_takes_the_members_lines_only() -> None:
    assert set_roles(TEXT, "bob@example.com", None) == TEXT.replace(
        TEXT[TEXT.index('"bob') : TEXT.index("\n# about")], ""
    )


@pytest.mark.parametrize(
    "text",
    [
        'members = {"a@b" = ["admin"]}\n',
        '[contexts.x]\n[members]\n"a@b" = ["admin"]',
        '[members]\r\n"a@b" = ["admin"]\r\n\r\n[contexts.x]\r\n',
        '[members]\n# nobody else\n"a@b" = ["admin"]\n# end',
        initial_policy("a@b", "refs/heads/main"),
    ],
)
def test_every_spelling_of_the_table(text: str) -> None:
    before = tomllib.loads(text)
    added = tomllib.loads(set_roles(text, "c@d", ["admin"]))
    assert added["members"] == before["members"] | {"c@d": ["admin"]}
    assert {**added, "members": 0} == {**before, "members": 0}
    assert tomllib.loads(set_roles(set_roles(text, "c@d", ["admin"]), "c@d", None)) == before


@pytest.mark.parametrize(
    ("text", "roles", "says"),
    [
        ("[contexts]\n", ["admin"], r"\$\.members: missing, or not one table"),
        ("members = 3\n", ["admin"], r"\$\.members: missing, or not one table"),
        ('members.a = ["admin"]\nmembers.b = []\n', ["admin"], r"\$\.members: missing, or not one table"),
        (TEXT, None, r"\$\.members: dave@example.com is not a member"),
        ("members = [\n", ["admin"], r"policy\.toml: "),
    ],
)
def test_what_cannot_be_edited(text: str, roles: list[str] | None, says: str) -> None:
    with pytest.raises(InvalidValue, match=says):
        set_roles(text, "dave@example.com", roles)


def test_members_in_several_tables_are_for_people_to_join() -> None:
    with pytest.raises(InvalidValue) as caught:
        set_roles('members.a = ["admin"]\nmembers.b = []\n', "a", [])
    assert caught.value.field == "$.members"
    remedy = "Write all members below one [members], and propose that with `gitgates policy propose`"
    assert caught.value.remedy == remedy


def test_kept_members_stand_below_the_text_after_one_empty_line() -> None:
    kept = '[members]\n"alice@example.com" = ["admin"]\n'
    for text in ("a = 1", "a = 1\n"):
        assert keep_members(text, kept) == f"a = 1\n\n{kept}"


def test_another_branch_leaves_the_rest_as_people_wrote_it() -> None:
    text = f'format = "gitgates-policy/1"\nledger_branch = "main"  # where it is\n{TEXT}'
    assert set_ledger_branch(text, "quality-gates") == text.replace('"main"', '"quality-gates"')
    with pytest.raises(InvalidValue, match=r"policy\.toml: "):
        set_ledger_branch("[", "x")


def test_the_team_template_with_the_members_in_force_is_a_policy() -> None:
    three = ["alice@example.com", "bob@example.com", "carol@example.com"]
    members = "".join(f'"{name}" = ["admin", "approver", "checker", "deployer"]\n' for name in three)
    text = keep_members(team_policy("refs/heads/quality-gates"), f"[members]\n{members}")
    policy = parse_policy(text, [Signer(name, f"ssh-ed25519 {name}") for name in three])
    assert (policy.ledger_branch, policy.admin_quorum) == ("refs/heads/quality-gates", 2)
    production = policy.context("production")
    assert production == attrs.evolve(
        default_context(DeploymentContext.PRODUCTION), required_approvals=2, separation_of_duties=True
    )


def test_a_text_without_members_keeps_those_in_force() -> None:
    team = team_policy("refs/heads/quality-gates")
    kept = keep_members(team, TEXT)
    assert kept.startswith(team)
    assert tomllib.loads(kept) == tomllib.loads(team) | {"members": tomllib.loads(TEXT)["members"]}
    assert tomllib.loads(kept)["ledger_branch"] == "quality-gates"
    assert tomllib.loads(keep_members("a = 1", TEXT))["a"] == 1


def test_a_text_with_members_is_left_alone() -> None:
    assert keep_members(TEXT, "[members]\nx = []\n") == TEXT
    assert keep_members("a = 1\n", "b = 1\n") == "a = 1\n"
    dotted = 'members.a = ["admin"]\nmembers.b = []\n'
    assert tomllib.loads(keep_members("a = 1", dotted)) == {"a": 1} | tomllib.loads(dotted)
    with pytest.raises(InvalidValue, match=r"policy\.toml: "):
        keep_members("[", TEXT)
