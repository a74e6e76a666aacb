"""Words that have to be said, as a person types them: which texts hold all of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from egosearch.errors import QueryError
from indexers.wording import STOP_WORDS, tokens

_QUOTED = re.compile(r'["“”„«»]([^"“”„«»]*)["“”„«»]')


@dataclass(frozen=True)
class Wanted:
    """What has to be said in one utterance, or stand in one note."""

    words: tuple[str, ...]
    """In any order and form."""
    phrases: tuple[tuple[str, ...], ...]
    """Each in order, as written but for case, accents and numbers."""

    @classmethod
    def of(cls, text: str, option: str = "said") -> "Wanted":
        """Read a filter, which is called as `option` says.

        Raises:
            QueryError: There is no word in it.
        """
        phrases = tuple(tuple(found) for found in (tokens(one) for one in _QUOTED.findall(text)) if found)
        words = tokens(_QUOTED.sub(" ", text))
        if not words and not phrases:
            raise QueryError(
                f"the words that must be {option} (--{option}) are empty; name some, for example: --{option} budget"
            )
        content = _content(words)
        return cls(content or (() if phrases else tuple(words)), phrases)

    @property
    def content(self) -> tuple[str, ...]:
        """All words of it that not every utterance has."""
        return _content([*self.words, *(word for phrase in self.phrases for word in phrase)])

    def is_in(self, text: str) -> bool:
        """Whether all of it is said in a text."""
        said = tokens(text)
        return set(map(_stem, self.words)) <= set(map(_stem, said)) and all(_holds(said, one) for one in self.phrases)


def check(said: str | None, option: str = "said") -> None:
    """Refuse a filter without words.

    Raises:
        QueryError: As `Wanted.of`.
    """
    if said is not None:
        Wanted.of(said, option)


def _content(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(word for word in words if word not in STOP_WORDS)


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    return str(_stemmer().stemWord(word))


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    from snowballstemmer import stemmer

    return stemmer("english")


def _holds(said: Sequence[str], phrase: Sequence[str]) -> bool:
    length = len(phrase)
    return any(tuple(said[at : at + length]) == tuple(phrase) for at in range(len(said) - length + 1))
