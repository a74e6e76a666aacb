"""Work that is shared out among threads is done, all of it, and what goes wrong in it is told."""

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexers import sharing
from indexers.sharing import WORTHWHILE, share_out


@pytest.fixture(params=[1, 2, 5], autouse=True)
def cores(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    count = int(request.param)
    monkeypatch.setattr(sharing, "cores", lambda: count)
    return count


@given(st.integers(0, 200), st.integers(1, 20))
def test_every_row_is_worked_on_once(n: int, size: int) -> None:
    done = np.zeros(n, int)

    def work(rows: slice) -> None:
        assert len(done[rows]) <= size
        done[rows] += 1

    share_out(n, size, work)
    assert done.tolist() == [1] * n


def test_as_many_threads_work_as_there_are_cores(cores: int) -> None:
    # Nobody gets past the gate before as many are there as cores.
    gate = threading.Barrier(cores)
    seen: set[int] = set()

    def work(_: slice) -> None:
        if threading.get_ident() not in seen:
            seen.add(threading.get_ident())
            gate.wait(timeout=10)

    share_out(cores * WORTHWHILE, 1, work)
    assert len(seen) == cores


def test_little_work_is_not_shared_out() -> None:
    seen: set[int] = set()
    share_out(2 * WORTHWHILE - 1, 1, lambda _: seen.add(threading.get_ident()))
    assert seen == {threading.get_ident()}


@pytest.mark.parametrize("bad", [0, 3, 7])
def test_what_goes_wrong_in_a_part_is_raised(bad: int) -> None:
    def work(rows: slice) -> None:
        if rows.start == bad:
            raise ValueError("no such row")

    with pytest.raises(ValueError, match="no such row"):
        share_out(5 * WORTHWHILE, 1, work)
