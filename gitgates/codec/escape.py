"""Text from records on a terminal: control characters are shown, never sent."""


def escaped(text: str) -> str:
    r"""Return `text` with every control, format and line-breaking character written as an escape such as `\x1b`.

    Terminal escapes could repaint an answer, and bidirectional controls could turn it around.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if _is_plain(char) else _escape(char) for char in text)


def _is_plain(char: str) -> bool:
    import unicodedata  # nearly all text is plain ASCII and never comes here

    return char == " " or unicodedata.category(char)[0] not in "CZ"


def _escape(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii") if ord(char) != 0xA0 else " "
