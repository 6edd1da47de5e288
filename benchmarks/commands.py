"""The commands that are measured on a ledger, as a user types them."""

from collections.abc import Sequence
from itertools import count
from pathlib import Path

from benchmarks.environment import Installed
from benchmarks.ledgers import Built
from benchmarks.measure import Command

_JUNIT = """\
<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite name="pytest" tests="3" failures="0" errors="0" skipped="0" time="0.3">
<testcase classname="a" name="one" time="0.1"/><testcase classname="a" name="two" time="0.1"/>
<testcase classname="a" name="three" time="0.1"/></testsuite></testsuites>
"""
_METRICS = '{"quality_score": 0.91, "latency_ms": 41.5, "throughput_tokens_per_sec": 55.0}\n'


def commands_on(installed: Installed, built: Built, inputs: Path) -> dict[str, Command]:
    """Return `can-deploy`, `status` and `check` on the last model version of a ledger.

    Args:
        inputs: a folder for what `check` reads.
    """
    tests, metrics = inputs / "junit.xml", inputs / "metrics.json"
    tests.write_text(_JUNIT)
    metrics.write_text(_METRICS)
    name = str(built.last)
    fresh = count()

    def check() -> Sequence[str]:
        version = f"{built.last.model}:new-{next(fresh)}"
        files = ("--test-metrics", tests, "--metrics", metrics)
        return installed.command("check", "--model", version, "--context", "staging", *files, "--key", built.key)

    can_deploy = installed.command("can-deploy", "--model", name, "--context", "production")
    status = installed.command("status", "--model", name)
    return {
        "can-deploy": Command(lambda: can_deploy, built.path),
        "status": Command(lambda: status, built.path),
        "check": Command(check, built.path),
    }
