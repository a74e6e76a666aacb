"""What the parts of the browser tell each other."""

from textual.message import Message

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
