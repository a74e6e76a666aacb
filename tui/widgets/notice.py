"""What stands in place of moments where there are none: what to do, or that nothing matches."""

from textual.content import Content
from textual.widgets import Static

from egosearch.printable import plain


class Notice(Static, can_focus=True):
    """A few sentences. It takes the focus, so that the keys of the screen work where there is nothing to walk in."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's word
        super().__init__(id=id, markup=False)
        self.said = ""

    def say(self, headline: str, *more: str) -> None:
        """Show a headline and the lines below it."""
        lines = [plain(line) for line in (headline, *more)]
        self.said = "\n".join(lines)
        head, *rest = lines
        self.update(Content("\n\n").join((Content.styled(head, "bold"), *map(Content, rest))))
