import threading
from collections.abc import Iterator

import pytest

from egosearch.owner import freshness
from egosearch.owner.freshness import Freshness


class Clock:
    """Stands still unless it is moved."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Making:
    """Makes numbers in order, each when it may, taking some seconds of the clock."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.made = 0
        self.cost_s = 0.0
        self.may = threading.Event()
        self.may.set()
        self.error: Exception | None = None

    def __call__(self) -> int:
        self.may.wait(5)
        self.clock.now_s += self.cost_s
        if self.error is not None:
            raise self.error
        self.made += 1
        return self.made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def making(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Making]:
    monkeypatch.setattr(freshness, "PATIENCE_S", 0.02)
    made = Making(clock)
    yield made
    made.may.set()


def test_the_same_version_is_made_once(making: Making, clock: Clock) -> None:
    fresh = Freshness[int](clock=clock)
    assert [fresh.get("a", making) for _ in range(3)] == [1, 1, 1]


def test_another_version_is_waited_for_where_that_is_quick(making: Making, clock: Clock) -> None:
    fresh = Freshness[int](clock=clock)
    fresh.get("a", making)
    clock.now_s += freshness.SHORTEST_PAUSE_S
    assert fresh.get("b", making) == 2


def test_where_it_takes_long_the_old_one_does_meanwhile(making: Making, clock: Clock) -> None:
    fresh = Freshness[int](clock=clock)
    fresh.get("a", making)
    clock.now_s += 10
    making.may.clear()
    assert [fresh.get("b", making), fresh.get("b", making)] == [1, 1]
    making.may.set()
    fresh.wait()
    assert fresh.get("b", making) == 2
    assert making.made == 2, "one renewal at a time"


def test_it_pauses_longer_after_a_longer_renewal(making: Making, clock: Clock) -> None:
    fresh = Freshness[int](clock=clock)
    making.cost_s = 5.0
    fresh.get("a", making)
    clock.now_s += 5.0 * freshness.PAUSE_PER_COST - 1
    assert fresh.get("b", making) == 1
    clock.now_s += 1
    making.may.clear()
    fresh.get("b", making)
    making.may.set()
    fresh.wait()
    assert fresh.get("b", making) == 2


def test_the_first_is_waited_for_however_long(making: Making, clock: Clock) -> None:
    fresh = Freshness[int](clock=clock)
    making.may.clear()
    threading.Timer(0.2, making.may.set).start()
    assert fresh.get("a", making) == 1


def test_a_failure_is_told_only_where_nothing_is_held(
    making: Making, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    fresh = Freshness[int](clock=clock)
    making.error = OSError("disk full")
    with pytest.raises(OSError, match="disk full"):
        fresh.get("a", making)
    making.error = None
    assert fresh.get("a", making) == 1
    clock.now_s += 10
    making.error = OSError("disk full")
    assert fresh.get("b", making) == 1
    fresh.wait()
    assert "cannot be searched yet (disk full)" in caplog.text


def test_what_is_forgotten_is_never_returned_again(making: Making, clock: Clock) -> None:
    fresh = Freshness[int](clock=clock)
    fresh.get("a", making)
    fresh.forget()
    assert fresh.get("a", making) == 2
