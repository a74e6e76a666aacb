"""Which words of an utterance were asked for, and the utterance told around them."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from indexers.facts import Utterance, Word
from indexers.lexical import STEMS, term_weights

MOST_CHARACTERS = 120
"""Of a sentence that is told: about two lines of a terminal."""
RUN = 5
"""Words that may be one when they compare: "four hundred and twenty five" is 425."""
GAP = "…"


def asked_stems(numbers: Iterable[int]) -> frozenset[int]:
    """Return the stems among a query's terms, without its letters."""
    return frozenset(int(number) for number in numbers if number < STEMS)


def hits(utterance: Utterance, stems: frozenset[int]) -> tuple[Word, ...]:
    """Return the words of an utterance that were asked for, in time order; none where it has no word times.

    Several words that are one when they compare, as "Q three" and "Q3" are, are hit together.
    """
    words = utterance.words
    is_hit = [False] * len(words)
    for first in range(len(words)):
        for last in range(first + 1, min(len(words), first + RUN) + 1):
            text = " ".join(word.text for word in words[first:last])
            found = stems_in(text)
            # More than one stem are several words: each is looked at by itself.
            if len(found) == 1 and found <= stems and not any(is_hit[first:last]):
                is_hit[first:last] = [True] * (last - first)
    return tuple(word for word, hit in zip(words, is_hit, strict=True) if hit)


def told(utterances: Sequence[Utterance], hit: Sequence[Word]) -> str:
    """Return what is said on one line, at most about `MOST_CHARACTERS`: what lies around the words that were hit.

    Cut at the border of a word, which `GAP` shows; all of it where it is short.
    """
    text = " ".join(" ".join(utterance.text.split()) for utterance in utterances)
    if len(text) <= MOST_CHARACTERS:
        return text
    words = [word for utterance in utterances for word in utterance.words]
    if not words or not hit:
        return _cut(text.split(), 0)
    spans = {word.span for word in hit}
    at = [number for number, word in enumerate(words) if word.span in spans]
    return _cut([word.text for word in words], _middle(at))


def _middle(numbers: Sequence[int]) -> int:
    return numbers[len(numbers) // 2] if numbers else 0


def _cut(words: Sequence[str], middle: int) -> str:
    """Return as many words around one as may be told."""
    first, last = middle, middle + 1
    length = len(words[middle])
    while first > 0 or last < len(words):
        # From the nearer end on, and from the other one where that end is reached.
        forward = last < len(words) and (first == 0 or last - middle <= middle - first)
        word = words[last] if forward else words[first - 1]
        if length + 1 + len(word) > MOST_CHARACTERS:
            break
        length += 1 + len(word)
        first, last = (first, last + 1) if forward else (first - 1, last)
    return (GAP if first else "") + " ".join(words[first:last]) + (GAP if last < len(words) else "")


@lru_cache(maxsize=65_536)
def stems_in(text: str) -> frozenset[int]:
    """Return the stems of a text's words, as numbers; of stop words only where it has no others."""
    return asked_stems(term_weights([text]).indices.tolist())
