"""GitHub's workflow commands: lines on a step's streams that its runner obeys.

The runner takes a line for a command that begins with `::`, blanks aside, or that has `##[` anywhere.
"""

_LEGACY = "##["


def annotation(level: str, title: str, message: str) -> str:
    """Return the line that shows an annotation (`error`, `warning`, `notice`) beside the run."""
    return f"::{level} title={_property(title)}::{_data(message)}"


def without_commands(line: str) -> str:
    """Return a line that no runner takes for a command, and that reads the same."""
    line = line.replace(_LEGACY, "## [")
    return line.replace("::", ": :", 1) if line.lstrip().startswith("::") else line


def without_commands_in_json(text: str) -> str:
    """Return JSON of the same value without commands: outside of strings no `#` is there, and no line begins so."""
    return text.replace(_LEGACY, "\\u0023#[")


def without_commands_in_xml(text: str) -> str:
    """Return XML of the same value without commands."""
    return text.replace(_LEGACY, "&#35;#[")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
