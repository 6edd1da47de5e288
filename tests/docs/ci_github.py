"""GitHub's runner, as far as the workflows of docs/how-to/ci need it; what it does not know fails the test."""

import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import yaml

from tests.docs.ci_machine import PUSH_IS_ALLOWED, REPOSITORY, Machine, Origin
from tests.support import CHECKOUT, git

Contexts = Mapping[str, Any]
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_NAME = re.compile(r"[a-z][\w-]*(\.[\w-]+)+")
IGNORED = ("actions/setup-python",)


@attrs.frozen
class Done:
    """What a step gave."""

    name: str
    code: int
    out: str
    err: str


@attrs.define
class Run:
    """What a workflow's run gave.

    Attributes:
        results: `success`, `failure` or `skipped` of each job.
        artifacts: the folder of what jobs uploaded; a run of some of the jobs again finds it.
    """

    artifacts: Path
    steps: list[Done] = attrs.field(factory=list)
    results: dict[str, str] = attrs.field(factory=dict)
    summary: str = ""

    def step(self, name: str) -> Done:
        (found,) = (step for step in self.steps if step.name == name)
        return found


@attrs.frozen
class Event:
    """What starts a run: the commit that is checked out and the ref that it is fetched by, and who may know what."""

    ref: str
    sha: str
    github: Mapping[str, Any] = attrs.field(factory=dict)
    inputs: Mapping[str, str] = attrs.field(factory=dict)
    secrets: Mapping[str, str] = attrs.field(factory=dict)


@attrs.define
class _Job:
    """A job while it runs."""

    workspace: Path
    environ: dict[str, str]
    contexts: dict[str, Any]
    outputs: dict[str, dict[str, str]] = attrs.field(factory=dict)
    failed: bool = False
    may_write: bool = False


@attrs.frozen
class Runner:
    """Runs workflows on a machine, for a repository."""

    machine: Machine
    origin: Origin

    def run(self, workflow: Path, event: Event, again: Run | None = None, jobs: tuple[str, ...] = ()) -> Run:
        """Run a workflow, or only some `jobs` of a run `again`."""
        text = yaml.safe_load(workflow.read_text())
        run = Run(again.artifacts if again else self.machine.folder("artifacts"))
        for name, job in text["jobs"].items():  # each is printed below what it needs
            if jobs and name not in jobs:
                continue
            needs = job.get("needs", [])
            results = [run.results.get(need, "success") for need in ([needs] if isinstance(needs, str) else needs)]
            if any(result != "success" for result in results) and job.get("if") != "always()":
                run.results[name] = "skipped"
                continue
            run.results[name] = self._job(run, text, job, event)
        return run

    def _job(self, run: Run, workflow: dict[str, Any], job: dict[str, Any], event: Event) -> str:
        assert job["runs-on"] == "ubuntu-latest"
        contexts = {
            "github": {"sha": event.sha, "ref": event.ref, **event.github},
            "inputs": event.inputs,
            "secrets": event.secrets,
            "vars": {"GITGATES_ROOT": self.origin.root},
        }
        folder = self.machine.folder("job")
        environ = self.machine.environment(
            GITHUB_ACTIONS="true",
            GITHUB_SHA=event.sha,
            GITHUB_REF=event.ref,
            GITHUB_REPOSITORY=REPOSITORY,
            GITHUB_RUN_ID="4711",
            GITHUB_ACTOR="dora",
            GITHUB_SERVER_URL="https://github.com",
            RUNNER_TEMP=str(folder),
            **expanded({**workflow.get("env", {}), **job.get("env", {})}, contexts),
        )
        permissions = job.get("permissions", workflow.get("permissions", {}))
        (folder / "workspace").mkdir()
        state = _Job(folder / "workspace", environ, contexts, may_write=permissions.get("contents") == "write")
        for step in job["steps"]:
            if not state.failed or step.get("if") == "always()":
                self._step(run, state, step, event)
        return "failure" if state.failed else "success"

    def _step(self, run: Run, job: _Job, step: dict[str, Any], event: Event) -> None:
        contexts = {**job.contexts, "steps": {name: {"outputs": given} for name, given in job.outputs.items()}}
        given = expanded(step.get("with", {}), contexts)
        environ = expanded(step.get("env", {}), contexts)
        if "run" in step:
            job.failed |= not self._script(run, job, step, contexts, environ)
            return
        action = step["uses"].partition("@")[0]
        if action == "actions/checkout":
            self._checkout(job, given, event)
        elif action == "actions/upload-artifact":
            for name in given["path"].split():
                if (job.workspace / name).exists():
                    shutil.copy(job.workspace / name, run.artifacts)
        elif action == "actions/download-artifact":
            shutil.copytree(run.artifacts, job.workspace, dirs_exist_ok=True)
        elif action == "gitgates/gitgates":
            self._action(run, job, step, given)
        else:
            assert action in IGNORED, action

    def _action(self, run: Run, job: _Job, step: dict[str, Any], given: dict[str, str]) -> None:
        action = yaml.safe_load((CHECKOUT / "action.yml").read_text())
        assert set(given) <= set(action["inputs"]), given
        needed = {name for name, one in action["inputs"].items() if one.get("required")}
        assert needed <= set(given), needed
        inputs = {name: given.get(name, one.get("default", "")) for name, one in action["inputs"].items()}
        # An action sees what it is given and the run, not the secrets of the workflow.
        inner = attrs.evolve(job, contexts={"github": job.contexts["github"], "inputs": inputs}, outputs={})
        for one in action["runs"]["steps"]:
            if not inner.failed:
                more = {"GITHUB_ACTION_PATH": str(CHECKOUT), **expanded(one.get("env", {}), inner.contexts)}
                inner.failed = not self._script(run, inner, one, inner.contexts, more)
        contexts = {"steps": {name: {"outputs": outputs} for name, outputs in inner.outputs.items()}}
        outputs = {name: expand(one["value"], contexts) for name, one in action["outputs"].items()}
        job.outputs[step.get("id", "")] = outputs
        job.failed |= inner.failed

    def _script(self, run: Run, job: _Job, step: dict[str, Any], contexts: Contexts, more: Mapping[str, str]) -> bool:
        files = {
            name: self.machine.path / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STEP_SUMMARY")
        }
        for file in files.values():
            file.write_text("")
        environ = {**job.environ, **more, **{name: str(file) for name, file in files.items()}}
        options = ("--noprofile", "--norc", "-eo", "pipefail") if step.get("shell") == "bash" else ("-e",)
        done = self.machine.bash(expand(step["run"], contexts), job.workspace, environ, *options)
        run.steps.append(Done(step.get("name", step["run"].strip()), done.code, done.out, done.err))
        job.outputs[step.get("id", "")] = dict(assignments(files["GITHUB_OUTPUT"].read_text()))
        job.environ.update(assignments(files["GITHUB_ENV"].read_text()))
        run.summary += files["GITHUB_STEP_SUMMARY"].read_text()
        return done.code == 0

    def _checkout(self, job: _Job, given: dict[str, str], event: Event) -> None:
        """Do what actions/checkout does, with a path for the address of the host."""
        sha, depth = given.get("ref", event.sha), given.get("fetch-depth", "1")
        here = job.workspace
        git(here, "init", "--quiet", "--initial-branch=master")
        git(here, "remote", "add", "origin", self.origin.path)
        branch = event.ref.removeprefix("refs/heads/")
        tracking = "refs/remotes/pull/1/merge" if branch == event.ref else f"refs/remotes/origin/{branch}"
        if depth == "0":
            git(here, "fetch", "--quiet", "--prune", "origin", "+refs/heads/*:refs/remotes/origin/*")
            git(here, "fetch", "--quiet", "--no-tags", "origin", f"+{sha}:{tracking}")
        else:
            git(here, "fetch", "--quiet", "--no-tags", f"--depth={depth}", "origin", f"+{sha}:{tracking}")
        if branch == event.ref:
            git(here, "checkout", "--quiet", "--force", tracking)
        else:
            git(here, "checkout", "--quiet", "--force", "-B", branch, tracking)
        if job.may_write and given.get("persist-credentials") != "false":
            job.environ[PUSH_IS_ALLOWED] = "yes"


def expand(text: object, contexts: Contexts) -> str:
    """Return a value with its expressions, names alone, replaced; what is not there is the empty string."""
    if isinstance(text, bool):
        return str(text).lower()

    def value(match: re.Match[str]) -> str:
        assert _NAME.fullmatch(match[1]), f"the tests know no such expression: {match[0]}"
        found: Any = contexts
        for part in match[1].split("."):
            found = found.get(part, {})
        return "" if found == {} else str(found)

    return _EXPRESSION.sub(value, str(text))


def expanded(table: Mapping[str, object], contexts: Contexts) -> dict[str, str]:
    return {name: expand(value, contexts) for name, value in table.items()}


def assignments(text: str) -> Iterator[tuple[str, str]]:
    """Yield what a step wrote to a file of the runner: NAME=VALUE, or NAME<<END and lines up to END."""
    lines = iter(text.splitlines())
    for line in lines:
        name, mark, end = line.partition("<<")
        if "=" in name or not mark:
            name, mark, value = line.partition("=")
            assert mark, line
            yield name, value
            continue
        inner: list[str] = []
        for one in lines:
            if one == end:
                break
            inner.append(one)
        yield name, "\n".join(inner)
