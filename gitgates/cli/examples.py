"""What `--help` shows of each command in use: lines to copy, with names of your own."""

_MODEL = "--model veran:v6.2 --context production"
_MONITOR = "gitgates monitor --model veran --context production"
_FILES = "--test-metrics junit.xml --test-metrics coverage.json --security-scan scan.json"

EXAMPLES: dict[str, tuple[str, ...]] = {
    "init": ("gitgates init", "gitgates init --ledger-branch quality-gates --push"),
    "check": (
        f"gitgates check {_MODEL} --metrics metrics.json \\\n    {_FILES}",
        "gitgates check --model veran:v6.2 --context staging --metrics metrics.json --no-record",
    ),
    "approve": (f'gitgates approve {_MODEL} --notes "reviewed with the team"',),
    "reject": (f'gitgates reject {_MODEL} --reason "it stutters"',),
    "waive": (f'gitgates waive {_MODEL} --finding CVE-2024-1234 --expires 30d --reason "not reachable"',),
    "withdraw": (f'gitgates withdraw {_MODEL} --reason "mended"',),
    "status": ("gitgates status --model veran", "gitgates status --pending"),
    "history": ("gitgates history --model veran:v6.2",),
    "report": (
        "gitgates report --model veran:v6.2 --context production",
        "gitgates report --model veran:v6.2 --format markdown",
    ),
    "list": ("gitgates list", "gitgates list --by bob@example.com --since 2026-03-01"),
    "dashboard": ("gitgates dashboard", "gitgates dashboard --model veran --json"),
    "can-deploy": (f"gitgates can-deploy {_MODEL} && ./deploy.sh", f"gitgates can-deploy {_MODEL} --explain"),
    "deploy": (f"gitgates deploy {_MODEL} --target prod-cluster -- ./deploy.sh",),
    "rollback": (f'gitgates rollback {_MODEL} --target prod-cluster --reason "latency" -- ./deploy.sh',),
    "live": ("gitgates live",),
    "monitor": (
        f"{_MONITOR} --metrics production.json",
        f"{_MONITOR} --metrics production.json \\\n    --rollback-on-fail -- ./deploy.sh",
    ),
    "policy": ("gitgates policy show", "gitgates policy propose --policy team.toml --push"),
    "member": ("gitgates member add bob@example.com --role approver --public-key bob.pub",),
    "sync": ("gitgates sync", "gitgates sync --fetch-only"),
    "migrate": ("gitgates migrate --to quality-gates --push",),
    "verify": ("gitgates verify",),
    "reindex": ("gitgates reindex",),
    "doctor": ("gitgates doctor",),
    "hooks": ("gitgates hooks install",),
    "hook": ("gitgates hook post-merge",),
    "import": ("gitgates import ../afs",),
    "export": ("gitgates export --format csv",),
    "filter": ("gitgates filter examples.jsonl --context production -o kept.jsonl",),
    "formats": ("gitgates formats",),
    "afs": ("gitgates afs install",),
    "notify": ("gitgates notify test",),
    "completion": ("gitgates completion bash",),
    "demo": ("gitgates demo",),
}


def shown(command: str) -> str:
    """Return the examples of a command as `--help` ends with them; "" where it has none."""
    lines = EXAMPLES.get(command, ())
    word = "example" if len(lines) == 1 else "examples"
    return "\n".join((f"{word}:", *(f"  {line}" for line in lines))) if lines else ""
