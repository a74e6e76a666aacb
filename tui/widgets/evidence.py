"""Why a moment was found, in words."""

from textual.content import Content
from textual.widgets import Static

from egosearch.types import Evidence, Moment
from tui import wording


class EvidencePanel(Static):
    """What each sense has to say, the leading one first."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's word
        super().__init__(id=id, markup=False)

    def show(self, moment: Moment) -> None:
        """Tell a moment's evidence."""
        told = [_tell(one, leads=place == 0) for place, one in enumerate(moment.evidence)]
        where = Content.styled(wording.clean(str(moment.path)), "dim")
        self.update(Content("\n").join((*told, where)))

    def clear(self) -> None:
        """Show nothing."""
        self.update("")


def _tell(evidence: Evidence, *, leads: bool) -> Content:
    sense = wording.SENSES[evidence.modality]
    head = sense if leads else f"{sense} {wording.lag(evidence.lag_s)}"
    words = wording.told(evidence) or "no words for it"
    return Content.assemble(
        (f"{head}:", "bold"),
        f" {words}",
        (f"\n  {wording.trust(evidence.trust)} · score {evidence.score:.1f}", "dim"),
    )
