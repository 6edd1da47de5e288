"""The setting `gitgates.requireCanDeploy`: which refs may only be pushed once a model version may be deployed."""

from gitgates.errors import InvalidValue
from gitgates.model.frozen import frozen
from gitgates.store.config import Config

CONFIG_KEY = "gitgates.requireCanDeploy"
_EXAMPLE = "for example `refs/tags/veran-* veran:{match} production`"


@frozen
class Rule:
    """One value of the setting.

    Attributes:
        pattern: a full ref name, in which one `*` stands for any text.
        name: the model version, in which `{match}` stands for what the `*` stood for.
    """

    pattern: str
    name: str
    context: str

    def match(self, ref: str) -> str | None:
        """Return what the `*` stands for in `ref`, "" without one; None where the pattern does not fit."""
        before, star, after = self.pattern.partition("*")
        if not star:
            return "" if ref == self.pattern else None
        fits = ref.startswith(before) and ref.endswith(after) and len(ref) > len(before) + len(after)
        return ref[len(before) : len(ref) - len(after)] if fits else None


def read_rules(config: Config) -> tuple[Rule, ...]:
    """Return the rules in all values of the setting; InvalidValue where one has another form."""
    values = (entry.value for entry in config.entries if entry.key == CONFIG_KEY.lower())
    return tuple(_rule(value) for value in values)


def _rule(value: str) -> Rule:
    pattern, _, rest = value.strip().partition(" ")
    name, _, context = rest.strip().rpartition(" ")
    rule = Rule(pattern, name.strip(), context)
    try:
        _check(rule)
    except InvalidValue as error:
        raise InvalidValue(
            f"git config {CONFIG_KEY}: {value!r} is not `<ref pattern> <name:version> <context>`: {error.message}",
            remedy=f"Have the server's admin mend it, {_EXAMPLE}; until then no push is taken",
        ) from None
    return rule


def _check(rule: Rule) -> None:
    from gitgates.model.names import ModelVersion, check_context  # most servers have no rule

    if not rule.pattern.startswith("refs/") or rule.pattern.count("*") > 1:
        raise InvalidValue("the pattern is not a full ref name with at most one `*`")
    if "{match}" in rule.name and "*" not in rule.pattern:
        raise InvalidValue("`{match}` stands for what a `*` matched, and the pattern has none")
    ModelVersion.parse(rule.name.replace("{match}", "x"))
    check_context(rule.context)
