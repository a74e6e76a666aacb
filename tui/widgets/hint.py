"""One line below the query: what is wrong with it, how it may go on, or what may stand in it."""

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

from egosearch.printable import plain
from egosearch.typed import Completion

USUAL = "narrow: in: since: on: between: said: not: then: · Tab completes · ↑ history"


class Hint(Static):
    """A wrong condition is told here, so that the moments stay."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's word
        super().__init__(id=id, markup=False)
        self.said = ""
        self.usual()

    def usual(self) -> None:
        """Say what may stand in a query."""
        self._say(Content.styled(USUAL, "dim"))

    def complain(self, sentence: str, completions: Sequence[Completion] = ()) -> None:
        """Say what is wrong, after how it may go on to be right."""
        wrong = Content.assemble(("✗ ", "bold $text-error"), (plain(sentence), "$text-error"))
        self._say(Content("  ").join((_offer(completions[:1], None), wrong)) if completions else wrong, is_wrong=True)

    def forgive(self) -> None:
        """Take back what was wrong."""
        if self.has_class("-wrong"):
            self.usual()

    def offer(self, completions: Sequence[Completion], chosen: int | None) -> None:
        """Say how the query may go on, beginning with what is put in already or would be next."""
        self._say(_offer(completions, chosen))

    def _say(self, content: Content, *, is_wrong: bool = False) -> None:
        self.said = content.plain
        self.set_class(is_wrong, "-wrong")
        self.update(content)


def _offer(completions: Sequence[Completion], chosen: int | None) -> Content:
    first = chosen or 0
    items = []
    for place, one in enumerate((*completions[first:], *completions[:first])):
        is_put = chosen is not None and place == 0
        label = (plain(one.label), "bold reverse" if is_put else "bold")
        items.append(Content.assemble(label, (f" {plain(one.tells)}" if one.tells else "", "dim")))
    return Content.assemble(("Tab ", "dim"), Content.styled(" · ", "dim").join(items))
