"""GitLab's runner, as far as docs/how-to/ci/gitlab-ci.yml needs it; what it does not know fails the test."""

import re
import shutil
from pathlib import Path
from typing import Any

import attrs
import yaml

from tests.docs.ci_machine import PUSH_IS_ALLOWED, REPOSITORY, Machine, Origin, merged
from tests.support import Result, git

HOST = "gitlab.example.com"
_CONDITION = re.compile(r'\$(\w+) == (?:"([^"]*)"|\$(\w+))')


@attrs.define
class Pipeline:
    """What a pipeline gave: each job that ran, and the ones that wait for somebody to start them."""

    jobs: dict[str, Result] = attrs.field(factory=dict)
    waiting: list[str] = attrs.field(factory=list)
    reports: dict[str, str] = attrs.field(factory=dict)


@attrs.frozen
class Runner:
    """Runs pipelines on a machine, for a repository. `key` signs, if the project's variables are for this pipeline."""

    machine: Machine
    origin: Origin
    key: Path | None = None

    def run(self, file: Path, variables: dict[str, str], ref: str, start: str = "") -> Pipeline:
        """Run the pipeline of `ref`; or of one that has run, start the manual job `start`."""
        text = yaml.safe_load(file.read_text())
        variables = {
            "CI_DEFAULT_BRANCH": "main",
            "CI_SERVER_HOST": HOST,
            "CI_PROJECT_PATH": REPOSITORY,
            "CI_COMMIT_SHA": self.origin.head(ref),
            **variables,
        }
        done = Pipeline()
        assert self._when(text["workflow"]["rules"], variables) == "on_success"
        stages: dict[str, Path] = {}
        failed = False
        for stage in text["stages"]:
            uploaded = dict(stages)
            for name, job in self._jobs(text, stage):
                when = self._when(job["rules"], variables) if "rules" in job else "on_success"
                if when == "manual" and name != start:
                    done.waiting.append(name)
                elif when == "manual" or (not start and (when == "always" or (when == "on_success" and not failed))):
                    folder = self.machine.folder("job")
                    given = () if job.get("needs") == [] else uploaded.values()
                    result = self._job(folder, job, variables, ref, tuple(given))
                    done.jobs[name] = result
                    failed |= result.code != 0
                    stages[name] = self._keep(done, name, job, folder, result)
        return done

    @staticmethod
    def _jobs(text: dict[str, Any], stage: str) -> list[tuple[str, dict[str, Any]]]:
        found = []
        for name, job in text.items():
            if isinstance(job, dict) and "script" in job and not name.startswith("."):
                whole = merged(text[job["extends"]], job) if "extends" in job else job
                if whole["stage"] == stage:
                    found.append((name, whole))
        return found

    @staticmethod
    def _when(rules: list[dict[str, str]], variables: dict[str, str]) -> str:
        for rule in rules:
            match = _CONDITION.fullmatch(rule["if"])
            assert match is not None, rule
            wanted = match[2] if match[2] is not None else variables.get(match[3])
            if variables.get(match[1]) == wanted:
                return rule.get("when", "on_success")
        return "never"

    def _job(
        self, folder: Path, job: dict[str, Any], variables: dict[str, str], ref: str, given: tuple[Path, ...]
    ) -> Result:
        environ = self.machine.environment(GITLAB_CI="true", GITGATES_ROOT=self.origin.root, **variables)
        environ |= job.get("variables", {})
        if self.key is not None:
            file = folder / "variable"
            file.write_bytes(self.key.read_bytes())
            file.chmod(0o666)
            environ |= {"GITGATES_SIGNING_KEY": str(file), "GITGATES_PUSH_TOKEN": "t0ken", PUSH_IS_ALLOWED: "yes"}
        workspace = folder / "workspace"
        self._checkout(workspace, environ.get("GIT_DEPTH", "20"), ref)
        for artifacts in given:
            shutil.copytree(artifacts, workspace, dirs_exist_ok=True)
        script = "\n".join(["set -eo pipefail", *job.get("before_script", []), *job["script"]])
        return self.machine.bash(script, workspace, environ)

    def _checkout(self, here: Path, depth: str, ref: str) -> None:
        """Do what GitLab's runner does: the token of the job is in the address, and may not push."""
        address = f"https://gitlab-ci-token:j0b@{HOST}/{REPOSITORY}.git"
        config = ("git", "config", "--file", self.machine.home / ".gitconfig")
        for key, value in (
            (f"url.{self.origin.path}.insteadOf", address),
            (f"url.{self.origin.path}.insteadOf", f"https://gitgates:t0ken@{HOST}/{REPOSITORY}.git"),
            ("url.file:///may-not-push/.pushInsteadOf", address),
        ):
            git(self.machine.path, *config[1:], "--add", key, value)
        git(self.machine.path, "init", "--quiet", here)
        if depth == "0":
            git(
                here,
                "fetch",
                "--quiet",
                self.origin.path,
                "+refs/heads/*:refs/remotes/origin/*",
                f"+{ref}:refs/pipelines/1",
            )
        else:
            git(here, "fetch", "--quiet", f"--depth={depth}", self.origin.path, f"+{ref}:refs/pipelines/1")
        git(here, "remote", "add", "origin", address)
        git(here, "checkout", "--quiet", "--detach", "refs/pipelines/1")

    def _keep(self, done: Pipeline, name: str, job: dict[str, Any], folder: Path, result: Result) -> Path:
        """Upload what a job is to keep, and return the folder with it."""
        kept, artifacts = folder / "artifacts", job.get("artifacts", {})
        kept.mkdir()
        if result.code == 0 or artifacts.get("when") == "always":
            reports = sorted((folder / "workspace").glob(artifacts.get("reports", {}).get("junit", "none")))
            done.reports[name] = "".join(report.read_text() for report in reports)
            for path in artifacts.get("paths", []):
                if (folder / "workspace" / path).exists():
                    shutil.copy(folder / "workspace" / path, kept)
        return kept
