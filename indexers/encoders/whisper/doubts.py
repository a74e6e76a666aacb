"""What is not to be believed of a recogniser: text where nobody spoke, and phrases that go round in circles.

Whisper has learnt from subtitles and writes "Thank you." under a sneeze or a door that the detector of voices let pass.
It mostly knows better: such text is unlikely to itself, and it doubts that anybody speaks. The limits were set with
`tiny.en` on 380 sounds of people, kitchens, animals, machines and music in which nobody speaks, of which nine came as
far as this, against 20 short sayings by three synthetic voices, and sentences in noise as loud as themselves. One of
the nine is still believed: a sneeze, "Thank you!".
"""

from collections.abc import Sequence
from dataclasses import dataclass

LIKELIEST_SILENT = 0.6
"""Above this probability that nobody speaks nothing is believed, whatever the text. It is Whisper's own limit."""
LOOPED = 2.4
"""Text that is packed to less than one part in this repeats itself. It is Whisper's own limit, too."""
CERTAIN = -0.9
"""Below this sum (see `Certainty.total`) nothing is believed. Sentences in noise as loud as themselves had -0.61 at
worst; in noise twice as loud, where little was right, -0.95."""
CERTAIN_SHORT = -0.48
"""The same for up to `SHORT` words. Of the sayings those written down rightly had -0.46 and more, but for "oh", "two",
"uh-oh" and some "you"; the sounds had -0.49 and less."""
SHORT = 2

LONGEST_PHRASE = 6
"""Words in a phrase that is looked at for repetition."""
ROUNDS = 4
"""A phrase said so often in a row is a loop: people say "no no no"."""


@dataclass(frozen=True)
class Certainty:
    """What the recogniser thinks of a piece of text that it wrote."""

    log_probability: float
    """Mean over its tokens, at most 0."""
    no_speech: float
    """Probability that nobody speaks there, in [0, 1]."""
    compression: float
    """Length of the text over that of the packed text."""
    words: float
    """Mean probability of its words, in [0, 1]."""

    @property
    def total(self) -> float:
        """How likely the text is, less the doubt that anybody speaks: at most 1."""
        return self.log_probability - self.no_speech + self.words


def is_believable(certainty: Certainty, words: Sequence[str]) -> bool:
    """Say whether somebody said this.

    >>> is_believable(Certainty(-0.55, 0.24, 0.27, 0.63), ["Yes"])
    True
    >>> is_believable(Certainty(-0.96, 0.33, 0.56, 0.5), ["Thank", "you!"])
    False
    """
    return (
        len(words) > 0
        and certainty.no_speech <= LIKELIEST_SILENT
        and certainty.compression <= LOOPED
        and certainty.total >= (CERTAIN_SHORT if len(words) <= SHORT else CERTAIN)
        and not goes_in_circles(words)
    )


def goes_in_circles(words: Sequence[str]) -> bool:
    """Say whether more than half of a text is one phrase, said at least `ROUNDS` times in a row.

    >>> goes_in_circles("my dear sir my dear sir my dear sir my dear sir".split())
    True
    >>> goes_in_circles("no no no it is over there by the door".split())
    False
    """
    said = [word.casefold().strip(".,!?;: ") for word in words]
    return any(_longest_run(said, length) * 2 > len(said) for length in range(1, LONGEST_PHRASE + 1))


def _longest_run(said: Sequence[str], length: int) -> int:
    """Return how many words in a row repeat the `length` words before, these included; 0 below `ROUNDS` times."""
    longest = run = 0
    for at in range(length, len(said)):
        run = run + 1 if said[at] == said[at - length] else 0
        longest = max(longest, run)
    return longest + length if longest + length >= ROUNDS * length else 0
