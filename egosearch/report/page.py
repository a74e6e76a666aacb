"""The words and the frame of a report. All that comes from files or people passes `text`, so none of it is markup.

The page runs nothing and loads nothing: its policy forbids scripts and every address but `data:`, and allows the one
style sheet by its digest.
"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from html import escape

from egosearch.printable import plain
from egosearch.report.media import Shown
from egosearch.report.style import STYLE
from egosearch.telling import SENSES, asked_in_words, clock, lag, length, noted, when, words
from egosearch.types import Answer, Evidence, Moment

CLEAR_SCORE, SOME_SCORE = 2.0, 1.0
"""As `Evidence.score` says: 2 is clear, below 1 is little."""
BAR = 100


@dataclass(frozen=True)
class Drawn:
    """A moment, ready for the page."""

    rank: int
    moment: Moment
    shown: Shown
    timeline: str
    """SVG."""


@dataclass(frozen=True)
class Overview:
    """A recording from end to end."""

    name: str
    recorded_at: datetime | None
    duration_s: float
    timeline: str
    """SVG."""


def page(answer: Answer, moments: Sequence[Drawn], recordings: Sequence[Overview], made_at: datetime) -> str:
    """Return the whole page."""
    like_what = "moments like one of the library" if answer.query.like else "what is noted"
    asked = text(asked_in_words(answer.query) or like_what)
    style = b64encode(sha256(STYLE.encode()).digest()).decode()
    policy = "; ".join(
        [
            "default-src 'none'",
            "img-src data:",
            "media-src data:",
            f"style-src 'sha256-{style}'",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    found = f"{len(moments)} {'moment' if len(moments) == 1 else 'moments'}"
    of = f"{len(recordings)} {'recording' if len(recordings) == 1 else 'recordings'}"
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            '<head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{asked} · egosearch</title>",
            f"<style>{STYLE}</style></head>",
            f'<body><header><h1>{asked}</h1><p class="faint">{found} in {of}, best first.</p></header>',
            "<main>",
            *(_moment(one) for one in moments),
            "<h2>From end to end</h2>",
            *(_recording(one) for one in recordings),
            "</main>",
            f"<footer><p>Made by egosearch on {text(when(made_at))}. Strips show how much what is heard, seen and said"
            " at a time stands out for this question; “together” is what they say as one.</p></footer>",
            "</body></html>",
            "",
        ]
    )


def text(value: str) -> str:
    """Return words that came from elsewhere as HTML that says just them."""
    return escape(plain(value), quote=True)


def _moment(drawn: Drawn) -> str:
    moment, name = drawn.moment, text(drawn.moment.path.name)
    share = round(moment.confidence * 100)
    facts = [one for one in (text(when(moment.recorded_at)), f"{length(moment.span.duration_s)} long") if one]
    return "\n".join(
        [
            f'<article class="moment" id="moment-{drawn.rank}">',
            f'<div class="media">{"".join(_media(drawn))}</div>',
            '<div class="facts">',
            f"<h3>{drawn.rank} · {name} at {clock(moment.span.start_s)}</h3>",
            f'<p class="faint">{" · ".join(facts)}</p>',
            f"<p>{_bar(moment.confidence)} {share} % sure</p>",
            "<ul>",
            *(f"<li>noted: {text(noted(one))}</li>" for one in moment.notes),
            *(f"<li>{_evidence(one)}</li>" for one in moment.evidence),
            "</ul></div>",
            f'<div class="strips">{drawn.timeline}</div>',
            f'<p class="path">{text(str(moment.path))}</p>',
            "</article>",
        ]
    )


def _media(drawn: Drawn) -> Iterator[str]:
    shown, label = drawn.shown, f"moment {drawn.rank}"
    if shown.clip and shown.has_pictures:
        poster = f' poster="{shown.poster}"' if shown.poster else ""
        yield f'<video controls playsinline preload="metadata" aria-label="{label}"{poster} src="{shown.clip}"></video>'
    else:
        if shown.poster:
            yield f'<img alt="{label}" src="{shown.poster}">'
        if shown.clip:
            yield f'<audio controls preload="metadata" aria-label="{label}" src="{shown.clip}"></audio>'
    if shown.span is not None and shown.span.end_s < drawn.moment.span.end_s:
        yield f'<p class="faint">The first {length(shown.span.duration_s)} of it.</p>'
    if shown.problem:
        yield f'<p class="faint">Nothing to play: {text(shown.problem)}.</p>'


def _bar(share: float) -> str:
    filled = round(min(max(share, 0.0), 1.0) * BAR)
    return (
        f'<svg class="confidence" viewBox="0 0 {BAR} 8" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="track" width="{BAR}" height="8"/><rect class="bar" width="{filled}" height="8"/></svg>'
    )


def _evidence(evidence: Evidence) -> str:
    """Say what a sense noticed, how clearly, when, and how far to trust it."""
    comes = lag(evidence)
    told = f"{f'{comes} ' if comes else ''}{SENSES[evidence.modality]}: {words(evidence)}"
    score = evidence.score
    strength = "stands out clearly" if score >= CLEAR_SCORE else "stands out" if score >= SOME_SCORE else "hardly there"
    span = f"{clock(evidence.span.start_s)} to {clock(evidence.span.end_s)}"
    after = f" (step {evidence.step + 1})" if evidence.step else ""
    how = f"{strength}, trust {round(evidence.trust * 100)} %"
    return f'{text(told)}{after} <span class="faint">· {span}, {how}</span>'


def _recording(one: Overview) -> str:
    facts = " · ".join(fact for fact in (text(when(one.recorded_at)), length(one.duration_s)) if fact)
    name = f'<h3>{text(one.name)}</h3><p class="faint">{facts}</p>'
    return f'<section class="recording">{name}<div class="strips">{one.timeline}</div></section>'
