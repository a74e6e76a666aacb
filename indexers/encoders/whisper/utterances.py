"""Words into utterances: sentences, or what is said between two pauses."""

from collections.abc import Sequence

from indexers.types import Span, Utterance, Word

PAUSE_S = 0.8
"""Between two words: longer than between the words of a sentence, and shorter than most people think it."""
LONGEST_S = 15.0
"""What is longer is cut: a moment to be found is a sentence, not a lecture."""
SHORTEST_S = 2.0
"""A full stop ends an utterance from here on, or where a breath follows: "Mr. Smith" and "Yes. I do." stay whole."""
BREATH_S = 0.3
UNSPACED = frozenset({"ja", "lo", "my", "th", "yue", "zh"})
"""Languages that leave no space between words."""
_ENDS = (".", "?", "!", "。", "？", "！")
_COMMAS = (",", ";", ":", "，", "、")


def utterances(words: Sequence[Word], language: str) -> tuple[Utterance, ...]:
    """Group words that were said one after the other.

    A group ends with a sentence or before a pause; one that would grow longer than `LONGEST_S` ends at its last comma,
    or where it is full.

    Args:
        words: In time order, without overlaps.
        language: ISO 639-1.

    Returns:
        In time order. Their confidence is the mean probability of their words.
    """
    groups: list[list[Word]] = []
    group: list[Word] = []
    for word in words:
        if group and _is_over(group, word):
            groups.append(group)
            group = []
        while group and word.span.end_s - group[0].span.start_s > LONGEST_S:
            at = _last_comma(group)
            groups.append(group[:at])
            group = group[at:]
        group.append(word)
    if group:
        groups.append(group)
    return tuple(_utterance(one, language) for one in groups)


def _is_over(group: Sequence[Word], following: Word) -> bool:
    pause_s = following.span.start_s - group[-1].span.end_s
    length_s = group[-1].span.end_s - group[0].span.start_s
    ends = group[-1].text.endswith(_ENDS)
    return pause_s >= PAUSE_S or (ends and (length_s >= SHORTEST_S or pause_s >= BREATH_S))


def _last_comma(group: Sequence[Word]) -> int:
    """Return how many words come up to the last comma in the later half, or all."""
    half = len(group) // 2
    return next((i + 1 for i in range(len(group) - 1, half, -1) if group[i].text.endswith(_COMMAS)), len(group))


def _utterance(words: Sequence[Word], language: str) -> Utterance:
    span = Span(words[0].span.start_s, words[-1].span.end_s)
    confidence = sum(word.probability for word in words) / len(words)
    return Utterance(span, _joined(words, language), tuple(words), language, confidence)


def _joined(words: Sequence[Word], language: str) -> str:
    return ("" if language in UNSPACED else " ").join(word.text for word in words)
