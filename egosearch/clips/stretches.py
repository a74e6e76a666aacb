"""Which stretches of recordings a reel is made of: moments that overlap are one stretch, which is seen once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from indexers.facts import Recording, Span

if TYPE_CHECKING:
    from indexers.media.clip_captions import Caption

APART_S = 4.0
"""Captions that begin closer together are told at once: each stays so long, and one would push the other away."""


@dataclass(frozen=True)
class Stretch:
    """A span of a recording that is cut out in one piece."""

    recording: Recording
    span: Span
    captions: "tuple[Caption, ...]" = ()
    """By time, within the span."""

    def overlaps(self, other: "Stretch") -> bool:
        """Whether the two have a moment in common; such as only touch have none."""
        return (
            self.recording.recording_id == other.recording.recording_id
            and self.span.start_s < other.span.end_s
            and other.span.start_s < self.span.end_s
        )


def joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Return the same with those that overlap made one, which takes the place of the first of them.

    Worked example: the stretches 10 to 20 s, 40 to 50 s and 18 to 25 s of a recording become 10 to 25 s and 40 to 50 s.

    Returns:
        Stretches of which no two overlap, in the order of the first of each.
    """
    found: list[Stretch] = []
    for new in stretches:
        # Several where it bridges what was apart; what they become together overlaps nothing else.
        overlapped = [other for other in found if new.overlaps(other)]
        place = found.index(overlapped[0]) if overlapped else len(found)
        found = [other for other in found if other not in overlapped]
        found.insert(place, _as_one([*overlapped, new]))
    return found


def _as_one(stretches: Sequence[Stretch]) -> Stretch:
    span = Span(min(one.span.start_s for one in stretches), max(one.span.end_s for one in stretches))
    return replace(stretches[0], span=span, captions=_told(caption for one in stretches for caption in one.captions))


def _told(captions: "Iterable[Caption]") -> "tuple[Caption, ...]":
    told: list[Caption] = []
    for caption in sorted(captions, key=lambda one: one.at_s):
        if told and caption.at_s - told[-1].at_s < APART_S:
            told[-1] = replace(told[-1], text=f"{told[-1].text}\n{caption.text}")
        else:
            told.append(caption)
    return tuple(told)
