"""Finding the table `notify` of the project's files."""

from gitgates.config.files import NOTIFY, find_tables
from gitgates.config.notify_routes import Routes, parse_routes


def find_routes(start: str) -> Routes:
    """Return who is told of what, as the files say whose thresholds hold, see `config.files.find_config`.

    An event or level in `gates.toml` beats the same in `pyproject.toml`.

    Raises:
        ConfigError: a file cannot be read, or its table holds what it may not, see `parse_routes`.
    """
    names: dict[str, tuple[str, ...]] = {}
    for path, name, table in reversed(find_tables(start)):
        if NOTIFY in table:
            names |= parse_routes(path, f"{name}.{NOTIFY}", table[NOTIFY])
    return Routes(names)
