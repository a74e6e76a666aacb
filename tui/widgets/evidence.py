"""Why a moment was found, in words, and what is noted there."""

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

from egosearch.notes.types import Note
from egosearch.printable import plain
from egosearch.types import Evidence, Moment
from tui import wording


class EvidencePanel(Static):
    """What each sense has to say, the leading one first."""

    def __init__(self, *, explains: bool = False, id: str | None = None) -> None:  # noqa: A002  Textual's word
        """Tell evidence.

        Args:
            explains: Say in sentences what trust, score and lag mean, where there is room for that.
            id: As any widget's.
        """
        super().__init__(id=id, markup=False)
        self._explains = explains
        self._moment: Moment | None = None
        self._notes: tuple[Note, ...] = ()

    def show(self, moment: Moment) -> None:
        """Tell a moment's evidence, and the notes by which it was found."""
        self._moment, self._notes = moment, moment.notes
        self._draw()

    def show_notes(self, notes: Sequence[Note]) -> None:
        """Tell these notes instead: all that is noted there."""
        if tuple(notes) != self._notes:
            self._notes = tuple(notes)
            self._draw()

    def _draw(self) -> None:
        if (moment := self._moment) is None:
            return
        leading = {one.step: one for one in reversed(moment.evidence)}  # the first of each step
        told = [self._tell(one, leading[one.step]) for one in moment.evidence]
        noted = [Content.assemble(("noted:", "bold"), f" {wording.noted(note)}") for note in self._notes]
        where = Content.styled(plain(str(moment.path)), "dim")
        self.update(Content("\n").join((*noted, *told, where)))

    def _tell(self, evidence: Evidence, leading: Evidence) -> Content:
        sense = wording.sense(evidence)
        head = sense if self._explains or evidence is leading else f"{sense} {wording.lag(evidence.lag_s)}"
        words = wording.told(evidence) or "no words for it"
        more = (
            "".join(f"\n  {reason}" for reason in wording.reasons(evidence, leading))
            if self._explains
            else f"\n  {wording.trust(evidence.trust)} · score {evidence.score:.1f}"
        )
        return Content.assemble((f"{head}:", "bold"), f" {words}", (more, "dim"))
