import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch.query import fusion
from egosearch.query.candidates import Candidates
from egosearch.query.curves import sense_curve
from egosearch.query.fusion import REACH_S, RRF_K, SUPPORT, Fused, gaps, reciprocal_rank_fusion
from indexers.types import Modality
from tests.egosearch.query import build


def candidates(modality: Modality, *spans: tuple[float, float, float]) -> Candidates:
    """Each span is (start_s, end_s, score), best first."""
    made = build.matrix(modality, {"a": [[0.0]] * 60})
    curve = sense_curve(build.scan(made), made, np.zeros(1, np.float32), 1.0)
    starts, ends, scores = np.array(spans, np.float64).reshape(-1, 3).T
    strength = scores.astype(np.float32)
    return Candidates(curve, starts, ends, strength, strength, np.ones(len(spans), np.float32), starts.astype(np.int64))


def fuse(found: list[Candidates], weights: list[float], *, join_above: float) -> list[Fused]:
    return fusion.fuse(found, found, weights, join_above=join_above)


def test_the_worked_example() -> None:
    heard, seen = candidates(Modality.AUDIO, (10, 11, 3)), candidates(Modality.VISUAL, (13, 20, 1.5))
    best = fuse([heard, seen], [1, 1], join_above=0.3)[0]
    assert best.sense == 0
    assert best.score == pytest.approx(3 + SUPPORT * 2 * (1 - 2 / REACH_S))
    assert (best.start_s, best.end_s) == (10, 20)


def test_support_counts_in_both_directions_and_fades() -> None:
    def score(start_s: float) -> float:
        heard = candidates(Modality.AUDIO, (30, 31, 2))
        seen = candidates(Modality.VISUAL, (start_s, start_s + 1, 2))
        return next(one.score for one in fuse([heard, seen], [1, 1], join_above=9) if one.sense == 0)

    assert score(32) == pytest.approx(score(28))
    assert score(30) > score(33) > score(36) > 2
    assert score(30 + 1 + REACH_S) == 2


def test_both_senses_beat_a_stronger_single_one() -> None:
    heard = candidates(Modality.AUDIO, (5, 6, 2.5), (40, 41, 2))
    seen = candidates(Modality.VISUAL, (43, 48, 2))
    assert fuse([heard, seen], [1, 1], join_above=0.3)[0].start_s == 40


def test_a_sense_that_cannot_express_the_query_stays_silent() -> None:
    heard = candidates(Modality.AUDIO, (5, 6, 9))
    seen = candidates(Modality.VISUAL, (40, 44, 1))
    assert fuse([heard, seen], [0.01, 1], join_above=0.3)[0].sense == 1


def test_one_sense_alone_keeps_its_order() -> None:
    heard = candidates(Modality.AUDIO, (5, 6, 3), (9, 10, 2), (20, 21, 1))
    assert [one.start_s for one in fuse([heard], [1], join_above=0.3)] == [5, 9, 20]


def test_nothing_found_fuses_to_nothing() -> None:
    nothing = candidates(Modality.AUDIO)
    assert fuse([nothing, candidates(Modality.VISUAL)], [1, 1], join_above=0.3) == []
    assert reciprocal_rank_fusion([nothing]) == []


def test_rrf_adds_reciprocal_ranks_of_what_overlaps() -> None:
    heard = candidates(Modality.AUDIO, (5, 6, 3), (30, 31, 2))
    seen = candidates(Modality.VISUAL, (30, 34, 2))
    best = reciprocal_rank_fusion([heard, seen])[0]
    assert best.start_s == 30
    assert best.score == pytest.approx(1 / (RRF_K + 2) + 1 / (RRF_K + 1))


spans = st.lists(
    st.tuples(st.floats(0, 50), st.floats(0.1, 5), st.floats(0, 5)).map(lambda t: (t[0], t[0] + t[1], t[2])), max_size=6
)


@given(spans, spans)
def test_the_order_of_the_senses_does_not_matter(
    heard: list[tuple[float, float, float]], seen: list[tuple[float, float, float]]
) -> None:
    a, b = candidates(Modality.AUDIO, *heard), candidates(Modality.VISUAL, *seen)
    forth = sorted((one.start_s, one.end_s, one.score) for one in fuse([a, b], [1, 0.7], join_above=0.3))
    back = sorted((one.start_s, one.end_s, one.score) for one in fuse([b, a], [0.7, 1], join_above=0.3))
    assert forth == back


@given(spans, spans)
def test_support_never_lowers_a_score(
    heard: list[tuple[float, float, float]], seen: list[tuple[float, float, float]]
) -> None:
    a, b = candidates(Modality.AUDIO, *heard), candidates(Modality.VISUAL, *seen)
    for one in fuse([a, b], [1, 1], join_above=0.3):
        assert one.score >= float([a, b][one.sense].scores[one.row]) - 1e-6
        assert one.start_s <= one.end_s


@given(spans, spans, spans)
def test_of_three_senses_the_one_that_supports_most_counts(
    heard: list[tuple[float, float, float]],
    seen: list[tuple[float, float, float]],
    said: list[tuple[float, float, float]],
) -> None:
    found = [
        candidates(sense, *drawn)
        for sense, drawn in ((Modality.AUDIO, heard), (Modality.VISUAL, seen), (Modality.SPEECH, said))
    ]
    weights = [1.0, 0.7, 0.4]

    def scores(senses: tuple[int, ...]) -> dict[tuple[int, int], float]:
        fused = fuse([found[i] for i in senses], [weights[i] for i in senses], join_above=0.3)
        return {(senses[one.sense], one.row): one.score for one in fused}

    three = scores((0, 1, 2))
    pairs = [scores(pair) for pair in ((0, 1), (0, 2), (1, 2))]
    for candidate, score in three.items():
        assert score == pytest.approx(max(pair[candidate] for pair in pairs if candidate in pair))
    assert sorted(three.values()) == pytest.approx(sorted(scores((2, 0, 1)).values()))


def test_gaps_are_zero_where_spans_overlap() -> None:
    starts, ends = np.array([0.0]), np.array([10.0])
    others = np.array([5.0, 12.0]), np.array([6.0, 13.0])
    assert gaps(starts, ends, *others).tolist() == [0.0, 2.0]


spans = st.lists(st.tuples(st.integers(0, 300), st.integers(1, 90), st.sampled_from([0.0, 0.4, 1.0, 1.5])), max_size=12)


@given(spans, spans, st.sampled_from([0.0, REACH_S]))
def test_support_is_that_of_the_best_of_all_pairs(
    mine: list[tuple[int, int, float]], theirs: list[tuple[int, int, float]], reach_s: float
) -> None:
    found, others = (
        candidates(sense, *((start, start + length, score) for start, length, score in several))
        for sense, several in ((Modality.AUDIO, mine), (Modality.VISUAL, theirs))
    )
    weights = [1.0, 1.0]
    fused = fusion.fuse([found, others], [found, others], weights, join_above=1e9, reach_s=reach_s)
    for one in fused:
        own, other = (found, others) if one.sense == 0 else (others, found)
        score = float(own.scores[one.row])
        best = 0.0
        for i in range(len(other)):
            gap = max(0.0, other.starts_s[i] - own.ends_s[one.row], own.starts_s[one.row] - other.ends_s[i])
            fades = max(0.0, 1 - gap / reach_s) if reach_s else float(gap == 0)
            lent = float(other.support[i])
            best = max(best, fades * 2 * score * lent / (score + lent) if score + lent else 0.0)
        assert one.score == pytest.approx(score + SUPPORT * best)
