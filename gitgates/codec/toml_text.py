"""TOML text as plain values; the one place that imports a TOML reader."""

from typing import Any

from gitgates.errors import InvalidValue


def parse_toml(data: bytes) -> dict[str, Any]:
    """Return the tables in `data`; InvalidValue where it is not UTF-8 or not TOML."""
    import tomllib  # never on the path of can-deploy

    try:
        return tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InvalidValue(f"not UTF-8 at byte {error.start}") from None
    except ValueError as error:  # also integers that Python refuses to read
        raise InvalidValue(f"not TOML: {error}") from None
    except RecursionError:
        raise InvalidValue("not TOML that anyone would write: nested too deep") from None


def nearest(name: str, known: list[str], what: str) -> str:
    """Return a remedy that names the known word nearest to `name`, or all of them."""
    from difflib import get_close_matches  # only a mistake pays for it

    near = get_close_matches(name, known, n=1) or [word for word in known if word.startswith(name)]
    return f"Did you mean {near[0]}?" if near else f"Known {what}: {', '.join(known)}"
