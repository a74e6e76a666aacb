"""Words that came from elsewhere, made harmless to print.

Names of files, what cameras write into them, what was said and typed may hold anything. What is printed for people, on
a terminal, in the browser or on a page, passes `plain`; what is printed for programs is exact.
"""

import unicodedata

_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_BLANK = frozenset("\t\n\r\v\f\x85\u2028\u2029")


def plain(text: str) -> str:
    r"""Return text on one line that cannot steer a terminal: no control, direction or undecodable characters.

    Markup such as `[red]` is kept as it is: who prints reads none.

    >>> plain("a\x1b[31mb\nc [red]d")
    'a[31mb c [red]d'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        " " if char in _BLANK else char
        for char in text
        if char in _BLANK or unicodedata.category(char) not in _UNPRINTABLE
    )
