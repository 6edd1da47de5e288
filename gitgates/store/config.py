"""git's configuration, read once per repository with one command."""

from collections.abc import Iterator

from attrs import field

from gitgates.errors import StoreError
from gitgates.model.frozen import frozen

OF_REPOSITORY = ("local", "worktree")
"""The scopes of the repository's own configuration."""


@frozen
class ConfigEntry:
    """One setting, as a configuration file has it."""

    scope: str
    """`system`, `global`, `local` or `worktree`; the last two belong to the repository."""
    key: str
    """Section and name in lower case; a subsection keeps its case."""
    value: str


@frozen
class Config:
    """All settings that hold in a repository, the strongest last."""

    entries: tuple[ConfigEntry, ...]
    _last: dict[str, ConfigEntry] = field(init=False, repr=False, eq=False)

    @_last.default
    def _index(self) -> dict[str, ConfigEntry]:
        return {entry.key: entry for entry in self.entries}

    @classmethod
    def parse(cls, data: bytes) -> "Config":
        """Return the settings in the output of `git config -z --list --show-scope`.

        What gitgates itself puts on git's command line is left out. A key without a value means `true`.

        Raises:
            StoreError: the output has another form.
        """
        parts = data.decode("utf-8", "surrogateescape").split("\0")
        if len(parts) % 2 == 0 or parts[-1]:
            raise StoreError("git config printed something unexpected")
        entries = []
        for scope, setting in zip(parts[:-1:2], parts[1::2], strict=True):
            key, equals, value = setting.partition("\n")
            if scope != "command":
                entries.append(ConfigEntry(scope, key, value if equals else "true"))
        return cls(tuple(entries))

    def get(self, key: str) -> str | None:
        """Return the value of `key`, the last one where there are several, or None."""
        entry = self._last.get(_canonical(key))
        return None if entry is None else entry.value

    def flag(self, key: str) -> bool:
        """Tell whether `key` is set to a true value, as git reads booleans."""
        value = self.get(key)
        if value is None:
            return False
        lowered = value.lower()
        return lowered in ("true", "yes", "on") or (lowered.lstrip("+-").isdigit() and int(lowered) != 0)

    def is_repositorys(self, key: str) -> bool:
        """Tell whether the value of `key` comes from the repository, and not from the user or the machine."""
        entry = self._last.get(_canonical(key))
        return entry is not None and entry.scope in OF_REPOSITORY

    def of_user(self, key: str) -> tuple[str, ...]:
        """Return every value that the user or the machine, and not the repository, gives to `key`."""
        name = _canonical(key)
        return tuple(one.value for one in self.entries if one.key == name and one.scope not in OF_REPOSITORY)

    def subsections(self, section: str, *, of_repository: bool = False) -> tuple[str, ...]:
        """Return the names of the subsections of `section`, e.g. of all filters; sorted, each once.

        Args:
            of_repository: only those to which the repository's own configuration adds something.
        """
        return tuple(sorted(set(self._subsections(section, of_repository))))

    def _subsections(self, section: str, of_repository: bool) -> Iterator[str]:
        for entry in self.entries:
            if of_repository and entry.scope not in OF_REPOSITORY:
                continue
            if entry.key.startswith(f"{section}.") and entry.key.count(".") > 1:
                yield entry.key[len(section) + 1 : entry.key.rindex(".")]


def _canonical(key: str) -> str:
    """Return `key` as git lists it."""
    section, dot, rest = key.partition(".")
    subsection, inner, name = rest.rpartition(".")
    return f"{section.lower()}{dot}{subsection}{inner}{name.lower()}"
