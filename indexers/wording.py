"""What is said, as tokens that compare: letter case, accents and ways of writing numbers set aside.

    "We're over the Q3 projections, twenty-five in all." -> we're over the q3 projections 25 in all

Shared by the two readings of speech: by its words (`indexers.lexical`) and by its meaning (the encoders of speech).
"""

import re
import unicodedata

STOP_WORDS = frozenset(
    (  # noqa: SIM905 - a list of a hundred quoted words reads worse
        "a about above after again all also am an and any are as at be because been before being below between both "
        "but by can could did do does doing down during each few for from further had has have having he her here hers "
        "him himself his how i if in into is it its itself just me more most my myself no nor not now of off on once "
        "only or other our ours out over own she should so some such than that the their theirs them then there these "
        "they this those through to too under until up us very was we were what when where which while who whom why "
        "will with would you your yours yourself um uh er erm hmm oh ah yeah okay ok well like"
    ).split()
)
"""Words that nearly every utterance has."""

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")

_UNITS = {
    word: value
    for value, word in enumerate(
        (  # noqa: SIM905
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
            "seventeen eighteen nineteen"
        ).split()
    )
}
_TENS = {
    word: 10 * value
    for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)  # noqa: SIM905
}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000}
_QUARTERS = {"first": "q1", "1st": "q1", "second": "q2", "2nd": "q2", "third": "q3", "3rd": "q3", "4th": "q4"} | {
    "fourth": "q4"
}

# "the part where she mentions", "when he said", "somebody talks about": about speaking, and not what is spoken.
_WHO = r"(?:(?:my|our|your|his|her|their|the|an?)\s+)?\w+"
_SPEAKS = (
    r"(?:(?:is|was|are|were|am|been|being|gets?|got|starts?|started|begins?|began)\s+)?"
    r"(?:mention(?:s|ed|ing)?|sa(?:y|ys|id|ying)|discuss(?:es|ed|ing)?|"
    r"(?:talk(?:s|ed|ing)?|speak(?:s|ing)?|spoke)(?=\s+(?:about|of|to|with)\b)|"  # and not: talking on the phone
    r"tell(?:s|ing)?|told|ask(?:s|ed|ing)?|explain(?:s|ed|ing)?|announc(?:e|es|ed|ing)|answer(?:s|ed|ing)?)"
    r"(?:\s+(?:me|us|him|her|them|you|everyone|everybody)\b)?"
    r"(?:\s+(?:about|of|that|for|something\s+about|something\s+like|the\s+words?))?"
)
_WHEN = r"(?:the\s+)?(?:part|moment|bit|place|time|point|scene)?\s*(?:where|when|in\s+which|that|of|how|what)?"
_FRAME = re.compile(rf"^\s*(?:{_WHEN}\s+)?(?:{_WHO}\s+)?{_SPEAKS}\s+(?=\S)", re.IGNORECASE)


def folded(text: str) -> str:
    """Return text in lower case and without accents.

    >>> folded("Café Müller")
    'cafe muller'
    """
    split = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in split if not unicodedata.combining(char))


def tokens(text: str) -> list[str]:
    """Split a text into words; numbers are digits, and the quarters of a year one word.

    >>> tokens("Preheat it to four hundred and twenty-five, in the third quarter")
    ['preheat', 'it', 'to', '425', 'in', 'the', 'q3']
    >>> tokens("Q 3")
    ['q3']
    """
    words = [word.replace("’", "'").removesuffix("'s") for word in _TOKEN.findall(folded(text))]
    return _joined(_with_numbers(words))


def what_is_said(text: str) -> str:
    """Drop from a query that somebody speaks: what is left is what they say, or all where nothing is.

    >>> what_is_said("the part where she mentions the Q3 projections")
    'the Q3 projections'
    >>> what_is_said("a red bus")
    'a red bus'
    """
    return _FRAME.sub("", text, count=1) or text


def is_about_speech(text: str) -> bool:
    """Say whether a query speaks of somebody speaking."""
    return _FRAME.match(text) is not None


def _with_numbers(words: list[str]) -> list[str]:
    """Write runs of number words as digits: "four hundred and twenty five" is 425, "twenty twenty six" 20 and 26."""
    out: list[str] = []
    at = 0
    while at < len(words):
        number, length = _number(words[at:])
        out.append(words[at] if number is None else str(number))
        at += length
    return out


def _number(words: list[str]) -> tuple[int | None, int]:
    """Return the number that words begin with, and how many of them it takes; None and 1 where they begin otherwise."""
    total = part = last = 0
    taken = 0
    for i, word in enumerate(words):
        if word == "and":  # counts only where it joins: "two hundred and five", not "two and five"
            if last < 100:
                break
            continue
        if word in _UNITS and (not taken or last >= 100 or (20 <= last < 100 and 0 < _UNITS[word] < 10)):
            part += _UNITS[word]
            last = _UNITS[word]
        elif word in _TENS and (not taken or last >= 100):
            part += _TENS[word]
            last = _TENS[word]
        elif word in _SCALES and taken and last < _SCALES[word]:
            part = max(1, part) * _SCALES[word]
            last = _SCALES[word]
            if last > 100:
                total, part = total + part, 0
        else:
            break
        taken = i + 1
    return (total + part, taken) if taken else (None, 1)


def _joined(words: list[str]) -> list[str]:
    """Join a letter with the number after it, and name quarters alike."""
    out: list[str] = []
    for word in words:
        before = out[-1] if out else ""
        if before in _QUARTERS and word in ("quarter", "quarters"):
            out[-1] = _QUARTERS[before]
        elif before == "quarter" and word in ("1", "2", "3", "4"):
            out[-1] = f"q{word}"
        elif len(before) == 1 and before not in ("a", "i") and before.isalpha() and word.isdecimal():
            out[-1] = before + word
        else:
            out.append(word)
    return out
