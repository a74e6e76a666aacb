"""The library that is cut from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from egosearch.library import Library
from tests.egosearch.clips.made import made


@pytest.fixture
def films() -> Path:
    return made() / "films"


@pytest.fixture
def filmed() -> Iterator[Library]:
    """Return the library of three recordings, open for reading."""
    with Library.open(made() / "library", read_only=True) as library:
        yield library
