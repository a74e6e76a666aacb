r"""File names as text that DuckDB takes: it keeps Unicode, and a file's name may be any bytes.

Python reads a byte that is no UTF-8 as half of a surrogate pair (`os.fsdecode`), which DuckDB refuses. In the catalogue
such a byte is one of the last characters that Unicode sets aside for private use, U+10FF80 to U+10FFFF. A name that
holds one of those itself has its four bytes written so. Every other name is kept as it is.
"""

_BYTE_0 = 0x10FF00
"""What a byte is counted from; those below 0x80 are text, so that the first character in use is 0x80 later."""
_SURROGATE_0 = 0xDC00
"""Likewise what Python's half pairs are counted from."""


def to_text(name: str) -> str:
    r"""Return a name, or words with a name in them, as the catalogue keeps it.

    >>> to_text("Küche.mp4"), to_text("K\udcfcche.mp4") == "K\U0010fffcche.mp4"
    ('Küche.mp4', True)
    """
    if not any(_is_half_a_pair(char) or _is_byte(char) for char in name):
        return name
    return "".join(_as_bytes(char) if _is_half_a_pair(char) or _is_byte(char) else char for char in name)


def from_text(text: str) -> str:
    r"""Return the name that `to_text` was given.

    >>> from_text("K\U0010fffcche.mp4") == "K\udcfcche.mp4"
    True
    """
    if not any(map(_is_byte, text)):
        return text
    halves = "".join(chr(ord(char) - _BYTE_0 + _SURROGATE_0) if _is_byte(char) else char for char in text)
    return halves.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")


def _is_byte(char: str) -> bool:
    return ord(char) >= _BYTE_0 + 0x80


def _is_half_a_pair(char: str) -> bool:
    return 0xD800 <= ord(char) <= 0xDFFF


def _as_bytes(char: str) -> str:
    is_undecodable = _SURROGATE_0 + 0x80 <= ord(char) <= _SURROGATE_0 + 0xFF  # others: of Windows, or for private use
    data = bytes([ord(char) - _SURROGATE_0]) if is_undecodable else char.encode("utf-8", "surrogatepass")
    return "".join(chr(_BYTE_0 + byte) for byte in data)
