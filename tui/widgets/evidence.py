"""Why a moment was found, in words."""

from textual.content import Content
from textual.widgets import Static

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

    def show(self, moment: Moment) -> None:
        """Tell a moment's evidence."""
        leading = {one.step: one for one in reversed(moment.evidence)}  # the first of each step
        told = [self._tell(one, leading[one.step]) for one in moment.evidence]
        where = Content.styled(plain(str(moment.path)), "dim")
        self.update(Content("\n").join((*told, where)))

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
