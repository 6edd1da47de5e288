"""The policy as people write it: `policy.toml`. Keys and defaults: `docs/reference/policy.md`."""

from collections.abc import Iterable
from typing import Any, TypeVar

from gitgates.codec.convert import Converter
from gitgates.codec.durations import parse_duration
from gitgates.codec.toml_text import nearest, parse_toml
from gitgates.errors import InvalidValue
from gitgates.model.names import DeploymentContext
from gitgates.model.policy import POLICY_FORMAT, ContextPolicy, Member, Policy, Signer
from gitgates.model.thresholds import NAMES, GateThresholds, default_thresholds

T = TypeVar("T")

_TOP_KEYS = ["format", "ledger_branch", "admin_quorum", "members", "contexts"]

_LENIENT: dict[str, Any] = {
    "required_gates": [],
    "required_approvals": 1,
    "separation_of_duties": False,
    "allow_force": True,
    "allow_waivers": False,
    "allow_unknown_severities": False,
    "require_evidence": False,
    "require_artifacts": False,
    "require_baseline": "none",
    "thresholds": {},
}
_STRICT: dict[str, Any] = _LENIENT | {
    "required_gates": ["tests", "model_quality", "security"],
    "max_report_age": "30 days",
    "approval_expires": "90 days",
    "allow_force": False,
    "require_evidence": True,
    "thresholds": default_thresholds(DeploymentContext.PRODUCTION).to_dict(),
}
_DEFAULTS = {
    DeploymentContext.DEVELOPMENT: _LENIENT,
    DeploymentContext.STAGING: _LENIENT,
    DeploymentContext.PRODUCTION: _STRICT,
}
_CONTEXT_KEYS = ["profile", "promoted_from", *_STRICT, "metric", "metric_paths", "afs_status"]
NO_LIMIT = "never"
"""What stands in `max_report_age` or `approval_expires` for no limit, where the default has one."""


def parse_policy(text: str, signers: Iterable[Signer]) -> Policy:
    """Return the policy that `policy.toml` and the signers make.

    Raises:
        InvalidValue: with the key's path, e.g. `$.contexts.production.max_report_age`.
    """
    tables = parse_toml(text.encode("utf-8"))
    _refuse_unknown(tables, _TOP_KEYS, "$", "keys")
    if tables.get("format") != POLICY_FORMAT:
        raise InvalidValue(f"must be {POLICY_FORMAT!r}, got {tables.get('format')!r}", field="$.format")
    members, contexts = _table(tables, "members"), _table(tables, "contexts")
    converter = Converter()
    try:
        return Policy(
            ledger_branch=_full_branch(tables.get("ledger_branch")),
            admin_quorum=tables.get("admin_quorum", 1),
            members=tuple(_member(name, members[name], converter) for name in sorted(members)),
            signers=tuple(signers),
            contexts=tuple(_context(name, contexts[name], converter) for name in sorted(contexts)),
        )
    except InvalidValue as error:
        raise error if error.field.startswith("$") else error.below("$.") from None


def default_context(context: DeploymentContext) -> ContextPolicy:
    """Return what a built-in context requires where there is no policy, or the policy says nothing."""
    return _context(context.value, {}, Converter())


def _table(tables: dict[str, Any], name: str) -> dict[str, Any]:
    table = tables.get(name)
    if not isinstance(table, dict) or not table:
        raise InvalidValue("missing or not a table", field=f"$.{name}")
    return table


def _full_branch(name: Any) -> Any:
    return f"refs/heads/{name}" if isinstance(name, str) and not name.startswith("refs/") else name or ""


def _sorted(words: Any) -> Any:
    return sorted(words) if isinstance(words, list) and all(isinstance(word, str) for word in words) else words


def _member(name: str, roles: Any, converter: Converter) -> Member:
    value = {"principal": name, "roles": _sorted(roles)}
    return _structured(converter, Member, value, f"$.members.{name}", own=("principal", "roles"))


def _structured(converter: Converter, cls: type[T], value: Any, path: str, own: tuple[str, ...]) -> T:
    """Return what `value` describes; errors name the key in the TOML file, where the fields in `own` are `path`."""
    try:
        return converter.structure(cls, value)
    except InvalidValue as error:
        place = error.field.removeprefix("$")
        for name in own:
            place = place.removeprefix(f".{name}")
        raise InvalidValue(error.bare_message, field=f"{path}{place}", remedy=error.remedy) from None


def _context(name: str, given: Any, converter: Converter) -> ContextPolicy:
    path = f"$.contexts.{name}"
    if not isinstance(given, dict):
        raise InvalidValue("expected a table", field=path)
    _refuse_unknown(given, _CONTEXT_KEYS, path, "keys")
    profile = given.get("profile", name)
    if profile not in list(DeploymentContext):
        raise InvalidValue(
            f"must be one of {', '.join(DeploymentContext)}, got {given.get('profile')!r}",
            field=f"{path}.profile",
            remedy="A context of your own names the built-in one whose rules and defaults it follows",
        )
    defaults = _DEFAULTS[profile]
    value = defaults | given | {"name": name, "profile": str(profile)}
    value["required_gates"] = _sorted(value["required_gates"])
    value["afs_status"] = _sorted(value.get("afs_status", []))
    for key in ("max_report_age", "approval_expires"):
        _set_limit(value, key, path)
    thresholds = value.pop("thresholds")
    if not isinstance(thresholds, dict):
        raise InvalidValue("expected a table", field=f"{path}.thresholds")
    _refuse_unknown(thresholds, list(NAMES), f"{path}.thresholds", "thresholds")
    _structured(converter, GateThresholds, thresholds, f"{path}.thresholds", own=())
    thresholds = defaults["thresholds"] | thresholds  # a floor that is not named keeps its default
    value["floors"] = [{"threshold": key, "value": thresholds[key]} for key in NAMES if key in thresholds]
    if "metric" in value:
        from gitgates.codec.metric_rules import parse_rules  # few policies have metrics of their own

        rules = parse_rules(value.pop("metric"), f"{path}.metric")
        value["metric_rules"] = [converter.unstructure(rule) for rule in rules]
        if not rules:
            del value["metric_rules"]
    if "metric_paths" in value:
        value["metric_paths"] = _metric_paths(value["metric_paths"], f"{path}.metric_paths", converter)
        if not value["metric_paths"]:
            del value["metric_paths"]
    return _structured(converter, ContextPolicy, value, path, own=("name",))


def _metric_paths(table: Any, path: str, converter: Converter) -> list[dict[str, Any]]:
    """Return what `[contexts.NAME.metric_paths]` pins, sorted by metric."""
    from gitgates.model.metric_paths import COVERAGE, METRICS, MetricPath, check_pins  # few policies pin numbers

    if not isinstance(table, dict):
        raise InvalidValue("expected a table", field=path)
    _refuse_unknown(table, [*METRICS, COVERAGE], path, "metrics")
    for metric, given in table.items():
        pin = {"metric": metric, "path": given}
        try:
            check_pins([_structured(converter, MetricPath, pin, f"{path}.{metric}", own=("path",))])
        except InvalidValue as error:
            raise InvalidValue(error.bare_message, field=f"{path}.{metric}", remedy=error.remedy) from None
    return [{"metric": metric, "path": table[metric]} for metric in sorted(table)]


def _set_limit(value: dict[str, Any], key: str, path: str) -> None:
    if value.get(key) == NO_LIMIT:
        del value[key]
    elif key in value:
        try:
            value[key] = parse_duration(value[key])
        except InvalidValue as error:
            raise error.below(f"{path}.{key}") from None


def _refuse_unknown(given: dict[str, Any], known: list[str], path: str, what: str) -> None:
    for key in given:
        if key not in known:
            raise InvalidValue("unknown key", field=f"{path}.{key}", remedy=nearest(key, known, what))


_TEMPLATE = """\
# Who may do what, and what each context requires. This file is for people to read and to propose changes to:
# what is in force is the signed record below policy/. `gitgates policy show` tells every setting.
format = "{format}"
ledger_branch = "{branch}"
admin_quorum = 1        # how many admins must sign the policy that follows this one

[members]               # roles: admin, approver, checker (reports), deployer
"{principal}" = ["admin", "approver", "checker", "deployer"]

[contexts.development]
required_approvals = 1

[contexts.staging]
required_approvals = 1

[contexts.production]
required_gates = ["model_quality", "security", "tests"]
required_approvals = 1
separation_of_duties = false    # true: whoever made the report may not approve it
max_report_age = "30 days"
approval_expires = "90 days"
allow_force = false             # true: an approver may approve a failed report, with a reason
allow_waivers = false           # true: an approver may accept a named finding for a while (gitgates waive)
allow_unknown_severities = false    # true: vulnerabilities of unknown severity pass with a warning
require_evidence = true         # a number that is missing fails its gate
require_artifacts = false       # true: reports and deployments name the exact files
require_baseline = "none"       # "any": reports compare with a baseline; "record": with another report

# [[contexts.production.metric]]      # a metric of your own; required_gates may name it
# name = "toxicity"
# max = 0.02
# max_increase = 0.1                # of the baseline

# [contexts.production.metric_paths]    # the only numbers of a tool's file that may be these metrics
# quality_score = "tasks.arc_challenge.acc_norm"
# coverage_percent = "branches"

[contexts.production.thresholds]    # floors: a report may be stricter, never looser
{floors}
"""


def initial_policy(principal: str, branch: str) -> str:
    """Return the `policy.toml` of a new ledger: one member in all roles, and the defaults spelled out."""
    floors = default_thresholds(DeploymentContext.PRODUCTION).to_dict()
    return _TEMPLATE.format(
        format=POLICY_FORMAT,
        branch=branch.removeprefix("refs/heads/"),
        principal=principal,
        floors="\n".join(f"{name} = {value}" for name, value in floors.items()),
    )
