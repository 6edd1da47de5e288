"""Which CI system a command runs in, and what that says of its run. Nothing here is proven, and nothing rests on it."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from gitgates.errors import InvalidValue

if TYPE_CHECKING:
    from gitgates.model.claims import Claim

GITHUB, GITLAB, JENKINS = "github", "gitlab", "jenkins"


def system_in(environ: Mapping[str, str]) -> str:
    """Return the CI system that set these variables, "" where none is known."""
    if environ.get("GITHUB_ACTIONS") == "true":
        return GITHUB
    if environ.get("GITLAB_CI") == "true":
        return GITLAB
    return JENKINS if environ.get("JENKINS_URL") else ""


def claims_in(environ: Mapping[str, str]) -> "tuple[Claim, ...]":
    """Return what the CI system says of its run; what could not stand in a record is left out."""
    system = system_in(environ)
    if not system:
        return ()
    from gitgates.model.claims import Claim

    def claims() -> Iterator[Claim]:
        for name, value in {"system": system, **_READERS[system](environ)}.items():
            try:
                yield Claim(name, value)
            except InvalidValue:
                continue

    return tuple(claims())


def _github(environ: Mapping[str, str]) -> dict[str, str]:
    ref = environ.get("GITHUB_REF", "")
    url = "/".join(
        (
            environ.get("GITHUB_SERVER_URL", "https://github.com"),
            environ.get("GITHUB_REPOSITORY", ""),
            "actions/runs",
            environ.get("GITHUB_RUN_ID", ""),
        )
    )
    attempt = environ.get("GITHUB_RUN_ATTEMPT", "")
    return {
        "actor": environ.get("GITHUB_ACTOR", ""),
        "commit": environ.get("GITHUB_SHA", ""),
        "pull_request": ref.split("/")[2] if ref.startswith("refs/pull/") else "",
        "ref": ref,
        "run_url": f"{url}/attempts/{attempt}" if attempt else url if environ.get("GITHUB_RUN_ID") else "",
    }


def _gitlab(environ: Mapping[str, str]) -> dict[str, str]:
    return {
        "actor": environ.get("GITLAB_USER_LOGIN", ""),
        "commit": environ.get("CI_COMMIT_SHA", ""),
        "pull_request": environ.get("CI_MERGE_REQUEST_IID", ""),
        "ref": environ.get("CI_COMMIT_REF_NAME", ""),
        "run_url": environ.get("CI_JOB_URL", ""),
    }


def _jenkins(environ: Mapping[str, str]) -> dict[str, str]:
    return {
        "actor": environ.get("BUILD_USER_ID") or environ.get("CHANGE_AUTHOR", ""),
        "commit": environ.get("GIT_COMMIT", ""),
        "pull_request": environ.get("CHANGE_ID", ""),
        "ref": environ.get("BRANCH_NAME") or environ.get("GIT_BRANCH", ""),
        "run_url": environ.get("BUILD_URL", ""),
    }


_READERS = {GITHUB: _github, GITLAB: _gitlab, JENKINS: _jenkins}
