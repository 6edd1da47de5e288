"""`GitHubActionsIntegration`: a step's summary, outputs and annotations.

Nothing here is signed, and nothing here is ever a reason to deploy: `gitgates can-deploy` is.
"""

import os
import secrets
import sys
from collections.abc import Callable, Mapping, Sequence

from gitgates.codec.escape import escaped
from gitgates.errors import StoreError, UsageError
from gitgates.integrations.ci import markdown
from gitgates.integrations.ci.told import Told, problems
from gitgates.integrations.ci.workflow_commands import annotation
from gitgates.model.checks import QualityGateReport
from gitgates.model.names import ModelVersion

SUMMARY, OUTPUT = "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"


class GitHubActionsIntegration:
    """Tells the step of a workflow in which the process runs.

    Attributes:
        repo_path: the repository; kept for scripts written for afs.gates, nothing here reads it.
    """

    def __init__(self, repo_path: "str | os.PathLike[str] | None" = None) -> None:
        """Use the files that GitHub's runner names in this process's environment."""
        self.repo_path = os.fspath(repo_path) if repo_path is not None else os.curdir

    def report(self, report: QualityGateReport) -> None:
        """Show `report` in the summary and as annotations, and set the outputs of `outputs_of`.

        Raises:
            UsageError: this is no step of a workflow.
            StoreError: the runner's files cannot be written.
        """
        self._tell([Told(report=report)])

    def block_merge(self, report: QualityGateReport, reason: str) -> None:
        """Show that `report` blocks a merge, and why; set the output `blocked` to true. Raises as `report`.

        The merge itself is blocked by the step's failing, where the branch requires it.
        """
        told = Told(report=report, facts=(("merge blocked", reason),))
        self._tell([told], blocked=True)
        _print(annotation("error", f"{told.title}: merge blocked", escaped(reason)))

    def approve_deployment(self, model_name: str, model_version: str) -> bool:
        """Note in the summary that somebody approved here; return True once it is written. Raises as `report`.

        No output is set: a workflow that deploys asks `gitgates can-deploy`.
        """
        name = ModelVersion(model_name, model_version)
        _refuse_elsewhere(os.environ)
        note = "noted as approved by this workflow; gitgates can-deploy tells whether it may be deployed"
        append(os.environ, SUMMARY, f"- {markdown.verbatim(str(name))}: {note}\n")
        _print(annotation("notice", str(name), note))
        return True

    def _tell(self, told: Sequence[Told], *, blocked: bool = False) -> None:
        _refuse_elsewhere(os.environ)
        tell(told, os.environ, _print, blocked=blocked)


def tell(
    told: Sequence[Told], environ: Mapping[str, str], write: Callable[[str], None], *, blocked: bool = False
) -> None:
    """Write summary and outputs where the runner has files for them, and the annotations with `write`, line by line.

    Raises:
        StoreError: one of the files cannot be written.
    """
    for line in annotations(told):
        write(line)
    append(environ, OUTPUT, "".join(output(*one) for one in outputs_of(told, blocked=blocked).items()))
    append(environ, SUMMARY, markdown.render(told) + "\n")


def annotations(told: Sequence[Told]) -> list[str]:
    """Return a line for each gate that failed or passed with a warning."""
    return [
        annotation("error" if problem.failed else "warning", f"{one.title}: {escaped(problem.gate)}", problem.message)
        for one in told
        for problem in problems(one.report)
    ]


def outputs_of(told: Sequence[Told], *, blocked: bool = False) -> dict[str, str]:
    """Return a step's outputs: `outcome` (`failed` unless all passed), `blocked` (`true` or `false`) and `record`."""
    passed = bool(told) and all(one.report.all_passed() for one in told)
    return {
        "outcome": "passed" if passed else "failed",
        "blocked": "false" if passed and not blocked else "true",
        "record": " ".join(one.record for one in told if one.record),
    }


def output(name: str, value: str) -> str:
    """Return the lines that set an output. Nobody can guess the delimiter, so no value can end itself early."""
    delimiter = f"gitgates-{secrets.token_hex(16)}"
    return f"{name}<<{delimiter}\n{escaped(value)}\n{delimiter}\n"


def append(environ: Mapping[str, str], variable: str, text: str) -> None:
    """Append to the runner's file that a variable names; nothing where there is none.

    Raises:
        StoreError: it cannot be written.
    """
    path = environ.get(variable)
    if not path:
        return
    try:
        with open(path, "a", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise StoreError(f"{variable}: {path}: {error.strerror}", remedy="Look at how the runner is set up") from None


def _refuse_elsewhere(environ: Mapping[str, str]) -> None:
    if not environ.get(SUMMARY) or not environ.get(OUTPUT):
        raise UsageError(
            f"this is no step of a GitHub workflow: {SUMMARY} and {OUTPUT} are not both set",
            remedy="Use LocalFileIntegration elsewhere",
        )


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
