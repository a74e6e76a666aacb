"""The keys, all of them."""

from collections.abc import Iterable
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from egosearch.typed.reading import KEYS

MOVING = (
    ("↓ or Enter", "from the query to the moments"),
    ("↑", "in the query: what was typed before"),
    ("Tab", "in the query: complete a condition; elsewhere: go on"),
    ("↑ ↓ PgUp PgDn", "walk through the list"),
    ("Enter or click", "on a moment or recording: open it"),
    ("Ctrl+P", "every command by name, and themes"),
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

    def __init__(self, explained: Screen[Any]) -> None:
        """Explain a screen's keys.

        Args:
            explained: Its bindings with a tooltip are listed with it.
        """
        super().__init__()
        self._explained = explained

    def compose(self) -> ComposeResult:
        """Show the tables."""
        conditions = [(f"{key}:", tells) for key, tells in KEYS.items()]
        with VerticalScroll(id="help", classes="panel") as panel:
            panel.border_title = "keys"
            panel.border_subtitle = "Esc closes"
            yield Static(_table((*MOVING, *self._rows())), markup=False, id="keys")
            yield Static(Content.styled("In the query, such as “dog in:park.mp4 since:yesterday”:", "bold"))
            yield Static(_table(conditions), markup=False, id="conditions")
            yield Static(WORTH_KNOWING, markup=False, id="worth-knowing")

    def _rows(self) -> Iterable[tuple[str, str]]:
        keys_of: dict[str, list[str]] = {}
        tells: dict[str, str] = {}
        for _, binding in (*self._explained._bindings, *self.app._bindings):
            if binding.tooltip:
                tells[binding.action] = binding.tooltip
                keys_of.setdefault(binding.action, []).append(self.app.get_key_display(binding))
        for action, keys in keys_of.items():
            yield " or ".join(dict.fromkeys(keys)), tells[action]


def _table(rows: Iterable[tuple[str, str]]) -> Content:
    return Content("\n").join(Content.assemble((f"{keys:<15}", "bold"), what) for keys, what in rows)
