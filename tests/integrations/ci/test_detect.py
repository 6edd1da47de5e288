"""What CI systems say of their runs, from the variables that they document."""

import pytest

from gitgates.errors import InvalidValue
from gitgates.integrations.ci.detect import claims_in, system_in
from gitgates.model.claims import Claim, told
from gitgates.model.provenance import Provenance

SHA = "0123456789abcdef0123456789abcdef01234567"
GITHUB = {
    "GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "octocat", "GITHUB_SHA": SHA, "GITHUB_REF": "refs/pull/12/merge",
    "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "o/veran", "GITHUB_RUN_ID": "7",
    "GITHUB_RUN_ATTEMPT": "2",
}  # fmt: skip
GITLAB = {
    "GITLAB_CI": "true", "GITLAB_USER_LOGIN": "tanuki", "CI_COMMIT_SHA": SHA, "CI_COMMIT_REF_NAME": "main",
    "CI_JOB_URL": "https://gitlab.com/o/veran/-/jobs/1",
}  # fmt: skip
JENKINS = {
    "JENKINS_URL": "https://ci.example.com/", "GIT_COMMIT": SHA, "BRANCH_NAME": "PR-12", "CHANGE_ID": "12",
    "CHANGE_AUTHOR": "butler", "BUILD_URL": "https://ci.example.com/job/veran/7/",
}  # fmt: skip


def claimed(environ: dict[str, str]) -> dict[str, str]:
    return {claim.name: claim.value for claim in claims_in(environ)}


def test_github() -> None:
    assert claimed(GITHUB) == {
        "system": "github", "actor": "octocat", "commit": SHA, "pull_request": "12", "ref": "refs/pull/12/merge",
        "run_url": "https://github.com/o/veran/actions/runs/7/attempts/2",
    }  # fmt: skip
    first = claimed(GITHUB | {"GITHUB_RUN_ATTEMPT": ""})
    assert first["run_url"] == "https://github.com/o/veran/actions/runs/7"
    assert claimed({"GITHUB_ACTIONS": "true"}) == {"system": "github"}


def test_gitlab_and_jenkins() -> None:
    assert claimed(GITLAB) == {
        "system": "gitlab", "actor": "tanuki", "commit": SHA, "ref": "main",
        "run_url": "https://gitlab.com/o/veran/-/jobs/1",
    }  # fmt: skip
    assert claimed(JENKINS) == {
        "system": "jenkins", "actor": "butler", "commit": SHA, "pull_request": "12", "ref": "PR-12",
        "run_url": "https://ci.example.com/job/veran/7/",
    }  # fmt: skip


def test_elsewhere() -> None:
    assert system_in({"CI": "true", "GITHUB_ACTIONS": "false"}) == ""
    assert claims_in({}) == ()


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "file:///etc/passwd", "https://user:secret@ci.example.com/1", "https://a b", "x" * 600],
)
def test_what_is_no_address_is_left_out(url: str) -> None:
    assert "run_url" not in claimed(JENKINS | {"BUILD_URL": url})
    with pytest.raises(InvalidValue, match="value: must be"):
        Claim("run_url", url)


@pytest.mark.parametrize("name", ["a\nb", "\x1b[2J", "x" * 513, "  ", "\u202e"])
def test_what_cannot_be_shown_is_left_out(name: str) -> None:
    assert "actor" not in claimed(GITLAB | {"GITLAB_USER_LOGIN": name})


def test_claims_are_one_set() -> None:
    actor, system = Claim("actor", "a"), Claim("system", "b")
    assert Provenance(claims=(system, actor)) == Provenance(claims=(actor, system))
    assert Provenance(claims=()).claims is None
    assert told((actor, system)) == "unverified: actor a, system b"
    assert told(None) == ""
    with pytest.raises(InvalidValue, match="claims: names actor twice"):
        Provenance(claims=(actor, actor))
    with pytest.raises(InvalidValue, match="claims: expected a tuple of Claim"):
        Provenance(claims=("actor",))  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match="name: must be one of actor, commit"):
        Claim("mood", "good")
