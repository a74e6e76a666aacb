"""The keys, all of them."""

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingsMap, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

ALWAYS = (
    ("↓ or Enter", "from the query to the moments"),
    ("↑ ↓ PgUp PgDn", "walk through the moments"),
    ("Enter", "on a moment: play it"),
    ("Tab", "between the query and the moments"),
    ("Ctrl+P", "every command, and light and dark themes"),
)
WORTH_KNOWING = (
    "Times are positions in the recording. “2.1 s later” is how long after the leading evidence the other sense "
    "has it. Trust is how clear the sound or picture is there. The strips of a recording share one scale; the "
    "number at the end of each is its peak."
)


class HelpScreen(ModalScreen[None]):
    """A table of keys over the screen it explains."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1,enter", "dismiss", "Close", show=False),
    ]

    def __init__(self, bindings: BindingsMap) -> None:
        """Explain a screen's keys.

        Args:
            bindings: The screen's own; those with a tooltip are listed with it.
        """
        super().__init__()
        self._explained = bindings

    def compose(self) -> ComposeResult:
        """Show the table."""
        with VerticalScroll(id="help") as panel:
            panel.border_title = "keys"
            panel.border_subtitle = "Esc closes"
            yield Static(_table((*ALWAYS, *self._rows())), markup=False, id="keys")
            yield Static(WORTH_KNOWING, markup=False, id="worth-knowing")

    def _rows(self) -> Iterable[tuple[str, str]]:
        keys_of: dict[Binding, list[str]] = {}
        for bindings in self._explained.key_to_bindings.values():
            for binding in filter(lambda one: one.tooltip, bindings):
                same = next((one for one in keys_of if one.action == binding.action), binding)
                keys_of.setdefault(same, []).append(self.app.get_key_display(binding))
        for binding, keys in keys_of.items():
            yield " or ".join(keys), binding.tooltip


def _table(rows: Iterable[tuple[str, str]]) -> Content:
    return Content("\n").join(Content.assemble((f"{keys:<15}", "bold"), what) for keys, what in rows)
