"""Tools for AFS's MCP server: what the ledger says, read and never written.

Each runs a command of gitgates with `--json` in a process of its own: the server's standard output is its protocol,
which nothing may write to, and no mistake of a question can end the server.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any, TypedDict

from gitgates.model.frozen import frozen

TIMEOUT = 120
"""Seconds until a tool gives up on an answer."""

Handler = Callable[[Mapping[str, Any], Any], dict[str, Any]]


class Tool(TypedDict):
    """A tool as AFS takes it; a handler is given the arguments and AFS's manager, and never raises."""

    name: str
    description: str
    inputSchema: dict[str, Any]
    handler: Handler


@frozen
class _Question:
    """A command that reads.

    Attributes:
        options: the arguments that it takes beside `path`, and what they mean.
        required: those of them that it needs.
        lists: for arguments that take several values, the option of the command that takes one of them.
    """

    tool: str
    command: str
    description: str
    options: tuple[tuple[str, str], ...]
    required: tuple[str, ...]
    lists: tuple[tuple[str, str], ...] = ()

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of the arguments."""
        several = dict(self.lists)
        properties = {
            name: {"type": "array", "items": {"type": "string"}, "description": meaning}
            if name in several
            else {"type": "string", "description": meaning}
            for name, meaning in (*self.options, _PATH)
        }
        return {
            "type": "object",
            "properties": properties,
            "required": list(self.required),
            "additionalProperties": False,
        }

    def problem(self, arguments: Mapping[str, Any]) -> str:
        """Return what is wrong with the arguments, "" if nothing is."""
        known, several = [name for name, _ in (*self.options, _PATH)], dict(self.lists)
        for name, value in arguments.items():
            if name not in known:
                return f"{name}: unknown argument; known are {', '.join(known)}"
            if isinstance(value, list) is not (name in several):
                return f"{name}: must be {'a list' if name in several else 'text'}"
            if not all(isinstance(one, str) and one and "\0" not in one for one in _several(value)):
                return f"{name}: must be text"
        missing = [name for name in self.required if name not in arguments]
        return f"{missing[0]}: missing" if missing else ""

    def command_line(self, arguments: Mapping[str, Any]) -> list[str]:
        """Return the options of the command; each is one argument, so that what begins with a dash is a value."""
        flags = {name: name for name, _ in self.options} | dict(self.lists)
        return [
            f"--{flag}={one}" for name, flag in flags.items() if name in arguments for one in _several(arguments[name])
        ]


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


_MODEL = ("model", "model version NAME:VERSION")
_ANY_VERSION = ("model", "model version NAME:VERSION, or NAME for its newest version")
_CONTEXT = ("context", "deployment context, e.g. production")
_ARTIFACTS = ("artifacts", "files and folders to be deployed, where the policy requires them; relative to path")
_PATH = ("path", "folder of the repository that holds the ledger; by default where the server runs")
_QUESTIONS = (
    _Question(
        "gates.status", "status", "How a model version stands in each deployment context.", (_ANY_VERSION,), ("model",)
    ),
    _Question(
        "gates.history",
        "history",
        "Every event of a model version: who, when, what, why.",
        (_ANY_VERSION, _CONTEXT),
        ("model",),
    ),
    _Question(
        "gates.can_deploy",
        "can-deploy",
        "Whether a model version may be deployed to a context: allowed, denied or cannot decide, with the reasons. "
        "Only the answer `allowed` is a yes.",
        (_MODEL, _CONTEXT, _ARTIFACTS),
        ("model", "context"),
        (("artifacts", "artifact"),),
    ),
    _Question(
        "gates.report",
        "report",
        "The latest report of a model version in a context: what was measured, against which thresholds.",
        (_ANY_VERSION, _CONTEXT),
        ("model",),
    ),
)


def tools() -> list[Tool]:
    """Return the tools."""
    return [
        Tool(
            name=question.tool,
            description=question.description,
            inputSchema=question.schema(),
            handler=_handler(question),
        )
        for question in _QUESTIONS
    ]


def _handler(question: _Question) -> Handler:
    def handle(arguments: Mapping[str, Any], manager: Any) -> dict[str, Any]:
        if problem := question.problem(arguments):
            return _error(problem, 2)
        return _answer(question.command, question.command_line(arguments), arguments.get("path"))

    return handle


def _answer(command: str, given: list[str], path: str | None) -> dict[str, Any]:
    """Return what the command prints as JSON, with its exit code: 0 yes, 1 no, 2 a mistake, 3 cannot decide."""
    folder = [] if path is None else ["-C", path]
    try:
        done = subprocess.run(
            # -P: nothing that lies in the folder where the server runs is imported.
            [sys.executable, "-P", "-m", "gitgates", command, "--json", *folder, *given],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
        value = json.loads(done.stdout) if done.stdout.strip() else {}
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        return _error(f"gitgates {command} gave no answer: {error}", 3)
    told = done.stderr.decode(errors="replace").strip()
    if not isinstance(value, dict) or not value:
        return _error(told or f"gitgates {command} gave no answer", done.returncode or 3)
    return {**value, "exit_code": done.returncode, "notes": told}


def _error(text: str, code: int) -> dict[str, Any]:
    """Return a mistake in the shape in which the commands print theirs."""
    return {"schema": "gitgates/error/1", "error": text, "remedy": "", "exit_code": code, "notes": ""}
