"""`gitgates deploy`."""

import argparse
from typing import TYPE_CHECKING

from gitgates.cli.options import add_common, add_context, add_key, add_model, context_of, model_of, session_of
from gitgates.cli.output import BAD, DIM, GOOD, UNSURE, Output

if TYPE_CHECKING:
    from gitgates.cli.deploying import Deployed
    from gitgates.integrations.afs.registry import ModelRegistry
    from gitgates.model.names import ModelVersion


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_model(parser)
    add_context(parser)
    parser.add_argument("--target", required=True, metavar="NAME", help="where it is deployed, e.g. prod-cluster")
    parser.add_argument(
        "--artifact",
        metavar="PATH",
        action="append",
        default=[],
        help="a file or folder to be deployed; may be repeated",
    )
    parser.add_argument("--reason", default="", help="why")
    parser.add_argument("--trust-first-use", action="store_true", help="accept the root that is there, without a pin")
    text = "decide on what this clone knows, and share nothing: neither fetch first nor push the records"
    parser.add_argument("--offline", action="store_true", help=text)
    text = "once it is deployed, give the version the status `deployed` in AFS's model registry"
    parser.add_argument("--registry", choices=("afs",), help=text)
    parser.add_argument("run_command", nargs="*", metavar="-- COMMAND", help="what deploys it; not given to a shell")
    add_common(parser)
    add_key(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """Deploy if the ledger allows it: 0 deployed, 1 refused or the command failed, 3 cannot decide."""
    from gitgates.cli.deploying import deploy
    from gitgates.cli.notifying import deployment_ended, not_decided, telling_of_losses
    from gitgates.cli.running_view import ran_value
    from gitgates.cli.views import decision_value, written_value
    from gitgates.ledger.deployments import Target

    name, target = model_of(args), Target(context_of(args), args.target)
    registry = _open_registry(name) if args.registry else None
    with telling_of_losses(args, output):
        done = deploy(
            session_of(args),
            name,
            target,
            artifacts=args.artifact,
            reason=args.reason,
            command=args.run_command,
            trust_first_use=args.trust_first_use,
            aside=args.json,
            offline=args.offline,
        )
    if done.ran is not None:
        deployment_ended(args, output, done.ran)
    else:
        not_decided(args, output, done.decision)
    if registry is not None and done.deployed:
        _set_deployed(registry, name, output)
    output.json(
        "deploy/1",
        {
            "deployed": done.deployed,
            "decision": decision_value(done.decision),
            "records": [written_value(written) for written in done.written],
            **ran_value(done.ran),
            **done.shared.value(),
        },
    )
    _show(output, name, target.name, done)
    done.shared.tell(output)
    return done.exit_code


def _show(output: Output, name: "ModelVersion", where: str, done: "Deployed") -> None:
    from gitgates.cli.running_view import tell_problem
    from gitgates.cli.views import remedies, written_line

    if done.ran is None:
        output.line(f"{name} is not deployed to {where}: {done.decision.answer.value}", BAD)
        output.line(f"  {done.decision.reason}")
        for remedy in remedies(done.decision):
            output.line(f"  {remedy}", DIM)
    elif done.deployed:
        forced = " (rests on a forced approval)" if done.decision.forced else ""
        output.line(f"{name} is deployed to {where}{forced}", GOOD)
        if done.decision.waivers:
            output.line(f"  {done.decision.resting_on_waivers}", UNSURE)
    else:
        tell_problem(output, done.ran)
        output.line(f"{name} is {done.ran.negation} deployed to {where}: {done.ran.why_not}", BAD)
    for written in done.written:
        output.line(f"  {written_line(written, done.shared)}", DIM)


def _open_registry(name: "ModelVersion") -> "ModelRegistry":
    """Return AFS's registry, once it is clear that it knows the version: before anything is deployed."""
    from gitgates.integrations.afs.registry import find, open_registry

    registry = open_registry()
    find(registry, name)
    return registry


def _set_deployed(registry: "ModelRegistry", name: "ModelVersion", output: Output) -> None:
    """Set the status; where that fails, the deployment stands as it is recorded, and the user is told."""
    from gitgates.integrations.afs.registry import set_deployed

    if problem := set_deployed(registry, name):
        output.note(f"{name} is deployed, but {problem}")
