"""How much was recorded when, as bars along a calendar. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from egosearch.types import RecordingSummary

STEPS_DAYS = (1, 7, 28, 91, 364, 3640)
"""What a bar may stand for; the shortest with which all fit is taken."""


@dataclass(frozen=True)
class Calendar:
    """Hours recorded, in equal steps of days."""

    first: date
    step_days: int
    hours: tuple[float, ...]
    """By step."""

    @classmethod
    def of(cls, recordings: Iterable[RecordingSummary], width: int) -> "Calendar | None":
        """Return the hours of recordings in at most `width` steps; None where no recording has a date.

        Weeks begin on Monday.
        """
        by_day: dict[date, float] = {}
        for one in recordings:
            if one.recorded_at is not None:
                day = one.recorded_at.date()
                by_day[day] = by_day.get(day, 0.0) + one.duration_s / 3600
        if not by_day or width < 1:
            return None
        first, last = min(by_day), max(by_day)
        for step_days in STEPS_DAYS:
            start = first if step_days == 1 else first - timedelta(first.weekday())
            steps = (last - start).days // step_days + 1
            if steps <= width:
                break
        hours = [0.0] * min(steps, width)
        for day, recorded_h in by_day.items():
            hours[min((day - start).days // step_days, len(hours) - 1)] += recorded_h
        return cls(start, step_days, tuple(hours))

    @property
    def unit(self) -> str:
        """What a bar stands for: "a day", "a week", "4 weeks"."""
        weeks = self.step_days // 7
        return "a day" if self.step_days == 1 else "a week" if weeks == 1 else f"{weeks} weeks"

    def labels(self, width: int) -> str:
        """Return a line with dates below the bars that they belong to, as many as fit with two spaces between them.

        Worked example: thirty bars of a day each from 2026-11-02 have "2026-11-02  2026-11-14" below them.
        """
        line = ""
        for step in range(len(self.hours)):
            label = (self.first + timedelta(step * self.step_days)).isoformat()
            if step >= len(line) + (2 if line else 0) and step + len(label) <= width:
                line = line.ljust(step) + label
        return line.ljust(width)
