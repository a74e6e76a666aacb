"""What the parts of the browser tell each other."""

from textual.message import Message

from egosearch.typed import Completion
from egosearch.types import Moment


class MomentSelected(Message):
    """The cursor of the moments list rests on a moment."""

    def __init__(self, moment: Moment) -> None:
        super().__init__()
        self.moment = moment


class MomentChosen(Message):
    """The user pressed Enter on a moment, or clicked it."""

    def __init__(self, moment: Moment) -> None:
        super().__init__()
        self.moment = moment


class MomentsWanted(Message):
    """The user is done typing and wants the moments."""


class Offered(Message):
    """The query may go on in these ways; `chosen` is the one that is put in already."""

    def __init__(self, completions: tuple[Completion, ...], chosen: int | None = None) -> None:
        super().__init__()
        self.completions = completions
        self.chosen = chosen


class Jumped(Message):
    """The user pointed at a time of the recording."""

    def __init__(self, time_s: float) -> None:
        super().__init__()
        self.time_s = time_s
