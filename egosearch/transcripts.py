"""Transcripts as text, as subtitles and as JSON: pure functions from utterances to what is printed.

What a recogniser writes may hold anything: here it is brought onto one line, and whoever prints it keeps characters
that steer a terminal out.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from indexers.types import Utterance


def as_text(utterances: Sequence[Utterance]) -> Iterator[str]:
    """Yield a line an utterance: when it begins, and what is said.

    0:12.3  So in this meeting we should go over the Q3 projections.
    """
    times = [_clock(one.span.start_s) for one in utterances]
    width = max(map(len, times), default=0)
    for time, one in zip(times, utterances, strict=True):
        yield f"{time:>{width}}  {_on_one_line(one.text)}"


def as_srt(utterances: Sequence[Utterance]) -> Iterator[str]:
    r"""Yield the lines of SubRip subtitles, numbered from 1.

    >>> from indexers.types import Span
    >>> print("\n".join(as_srt([Utterance(Span(1.5, 3.25), "Hello.", (), "en", 0.9)])))
    1
    00:00:01,500 --> 00:00:03,250
    Hello.
    <BLANKLINE>
    """
    for number, one in enumerate(utterances, start=1):
        yield str(number)
        yield f"{_srt_time(one.span.start_s)} --> {_srt_time(one.span.end_s)}"
        # An arrow would be read as the times of the next subtitle.
        yield _on_one_line(one.text).replace("-->", "->")
        yield ""


def as_json(utterances: Sequence[Utterance]) -> list[dict[str, Any]]:
    """Return utterances in the form that is promised to other programs."""
    return [
        {
            "start_s": round(one.span.start_s, 3),
            "end_s": round(one.span.end_s, 3),
            "text": one.text,
            "language": one.language,
            "confidence": round(one.confidence, 3),
            "words": [
                {
                    "start_s": round(word.span.start_s, 3),
                    "end_s": round(word.span.end_s, 3),
                    "text": word.text,
                    "probability": round(word.probability, 3),
                }
                for word in one.words
            ],
        }
        for one in utterances
    ]


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _clock(time_s: float) -> str:
    """Return a time to the tenth of a second, rounded down, so that playing from there misses nothing."""
    tenths = int(time_s * 10 + 1e-6)
    minutes, seconds = divmod(tenths // 10, 60)
    hours, minutes = divmod(minutes, 60)
    whole = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    return f"{whole}.{tenths % 10}"


def _srt_time(time_s: float) -> str:
    milliseconds = round(time_s * 1000)
    seconds, milliseconds = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02},{milliseconds:03}"
