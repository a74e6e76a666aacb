"""One of several that tell the same."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from egosearch.day.distinct import ALIKE, BESIDE_S, distinct

BELL, DOG, BOTH = [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 0.3, 0.0]
vectors = st.lists(st.lists(st.sampled_from([0.0, 0.3, 1.0]), min_size=3, max_size=3), min_size=1, max_size=8)
times = st.lists(st.integers(0, 30), min_size=8, max_size=8)
names = st.lists(st.sampled_from(["Bell", "bell", "Dog", "Cat", ""]), min_size=8, max_size=8)


def chosen(rows: list[list[float]], times_s: list[float], called: list[str], limit: int = 6) -> list[tuple[int, str]]:
    return distinct(np.array(rows, np.float32), np.array(times_s[: len(rows)]), lambda k: called[k], limit=limit)


def test_other_names_of_one_thing_are_left_out_whenever_it_was() -> None:
    found = chosen([BELL, BOTH, DOG], [10.0, 500.0, 900.0], ["Bell", "Chime", "Dog"])
    assert found == [(0, "Bell"), (2, "Dog")]


def test_one_place_has_one_name_and_one_name_one_place() -> None:
    rows, far_s = [BELL, DOG, [0, 0, 1.0]], 100.0
    assert chosen(rows, [10.0, 10.0 + BESIDE_S - 0.1, far_s], ["Bell", "Dog", "Cat"]) == [(0, "Bell"), (2, "Cat")]
    assert chosen(rows, [10.0, 50.0, far_s], ["laptop", "Laptop", "Cat"]) == [(0, "laptop"), (2, "Cat")]


@given(vectors, times, names, st.integers(1, 8))
def test_properties(rows: list[list[float]], seconds: list[int], called: list[str], limit: int) -> None:
    found = chosen(rows, [float(one) for one in seconds], called, limit)
    places = [k for k, _ in found]
    assert places == sorted(places), "best first"
    assert len(found) <= limit
    named = [name.casefold() for _, name in found]
    assert "" not in named
    assert len(set(named)) == len(named)
    for place, k in enumerate(places):
        for other in places[:place]:
            assert abs(seconds[k] - seconds[other]) >= BESIDE_S
            assert cosine(rows[k], rows[other]) <= ALIKE + 1e-6
    if len(found) < limit:  # whatever is left out is the same as something better, or has no name
        for k in set(range(len(rows))) - set(places):
            better = [other for other in places if other < k]
            assert not called[k] or any(
                abs(seconds[k] - seconds[other]) < BESIDE_S
                or cosine(rows[k], rows[other]) > ALIKE - 1e-6
                or called[k].casefold() == called[other].casefold()
                for other in better
            )


def cosine(a: list[float], b: list[float]) -> float:
    lengths = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(np.dot(a, b)) / lengths if lengths else 0.0
