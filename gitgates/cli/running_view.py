"""How it is shown what became of the command that deploys or rolls back."""

from typing import Any

from gitgates.cli.output import Output
from gitgates.cli.running import Ran
from gitgates.errors import PushRefused


def ran_value(ran: Ran | None) -> dict[str, Any]:
    """Return it for JSON; None where it was refused before anything was recorded."""
    code = ran.code if ran is not None else None
    problem = ran.problem if ran is not None else None
    return {"command_exit_code": -1 if code is None else code, "problem": problem.message if problem else ""}


def tell_problem(output: Output, ran: Ran) -> None:
    """Say why the command did not run, where it should have, or why its end is not recorded."""
    if ran.problem is None:
        return
    output.error(str(ran.problem))
    for line in ran.problem.told if isinstance(ran.problem, PushRefused) else ():
        output.note(f"remote: {line}")
