"""The commands. Each module has `configure(parser)` and `run(args, output) -> int`, and imports late what it needs."""

from gitgates.model.frozen import frozen


@frozen
class Command:
    """An entry of the table below.

    Attributes:
        module: below this package.
        summary: one line for `--help`.
    """

    name: str
    module: str
    summary: str


COMMANDS = (
    Command("init", "init", "make a ledger in this repository"),
    Command("check", "check", "run the gates on real test, coverage, security and model output, and record the report"),
    Command("approve", "approve", "approve the latest report of a model version"),
    Command("reject", "reject", "reject a model version"),
    Command("waive", "waive", "accept a named finding for a while, where the policy allows it"),
    Command("withdraw", "withdraw", "take back a decision or a waiver of your own"),
    Command("status", "status", "show how a model version stands in each context"),
    Command("history", "history", "show every event of a model version: who, when, what, why"),
    Command("report", "report", "show the latest report of a model version in full"),
    Command("list", "list_versions", "list all model versions and how they stand"),
    Command("dashboard", "dashboard", "show what is approved and what is live, of every model in every context"),
    Command("can-deploy", "can_deploy", "tell whether a model version may be deployed, and if not, why not"),
    Command("deploy", "deploy", "deploy a model version if the ledger allows it, and record it"),
    Command("rollback", "rollback", "roll a model version back, and record it"),
    Command("live", "live", "show what is live on each target, since when, by whom"),
    Command("monitor", "monitor", "check production metrics of what is live, and roll it back if they fail"),
    Command("policy", "policy", "show, change and endorse the policy"),
    Command("member", "member", "add and remove members, rotate and revoke keys"),
    Command("sync", "sync", "share the ledger: fetch, join and push, never forced"),
    Command("migrate", "migrate", "move the ledger to a branch of its own, or back"),
    Command("verify", "verify", "verify every record of the ledger"),
    Command("reindex", "reindex", "rebuild the index (git notes) from the records"),
    Command("doctor", "doctor", "find out what is wrong with this set-up, and how to mend it"),
    Command("hooks", "hooks", "install, remove and show the git hooks"),
    Command("hook", "hook", "what the git hooks call; not for people"),
    Command("import", "import_records", "bring in the approvals and deployments of afs.gates as assertions"),
    Command("export", "export", "write records as JSON Lines or CSV, or an audit bundle"),
    Command("filter", "filter_examples", "keep the training examples whose score meets the context's threshold"),
    Command("formats", "formats", "list the file formats that check reads"),
    Command("afs", "afs", "install gitgates into AFS: commands, and tools for its MCP server"),
    Command("notify", "notify", "test and list who is told of blocked gates, approvals and deployments"),
    Command("completion", "completion", "print a completion script for bash, zsh or fish"),
    Command("demo", "demo", "run the main job in a throw-away repository"),
)
