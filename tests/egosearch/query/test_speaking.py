"""What is said, as scores: by meaning, by words, and together."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egosearch.query.curves import PAUSE_S, SenseCurve
from egosearch.query.negation import Unwanted
from egosearch.query.peaks import find_peaks
from egosearch.query.speaking import (
    CLEAR,
    PRIOR_UTTERANCES,
    Measure,
    document_frequency,
    measure,
    rows_beside,
    speech_curve,
    terms_of,
)
from egosearch.query.steps import Scope, find
from egosearch.query.trust import clarity_of_windows
from egosearch.scan import Scan
from egosearch.scan.kept import KeptRows
from egosearch.types import ALL_PARTS, Parts, Query
from indexers.embeddings import SparseRows
from indexers.lexical import DIM
from indexers.types import Modality
from tests.egosearch.query import build, spoken
from tests.egosearch.query.spoken import Said, asked

TALK = (
    "we are going over the projections of the third quarter",
    "and then there is the budget for marketing",
    "did anybody see the red umbrella",
    "the train to Vienna leaves at nine",
    "okay that is it for today",
)
NUMBERS = st.floats(-1, 1, width=32)


def talk(*texts: str, gap_s: float = 10.0) -> Scan:
    return spoken.scan({"a": [Said(at * gap_s, at * gap_s + 3, text) for at, text in enumerate(texts)]})


def scores(scan: Scan, text: str, parts: Parts = ALL_PARTS) -> list[float]:
    matrix = scan.matrices[Modality.SPEECH]
    one = asked(text)
    curve = speech_curve(scan, matrix, one.weights, one.affinity, one.terms, parts=parts)
    return [float(score) for score in curve.scores]


WORDS = Parts(meaning=False)


def test_all_rare_words_said_is_clear_and_nothing_said_is_nothing() -> None:
    found = scores(talk(*TALK), "the red umbrella", WORDS)
    assert found[2] == pytest.approx(CLEAR, rel=0.15)
    assert max(found[:2] + found[3:]) < 0.2


def test_half_of_the_words_said_is_half() -> None:
    found = scores(talk(*TALK), "the red helicopter", WORDS)
    assert 0.2 * CLEAR < found[2] < 0.6 * CLEAR


@pytest.mark.parametrize(
    "query",
    [
        "the part where she mentions the Q3 projections",
        "when he talked about the Q3 projections",
        "someone says Q3 projections",
        "the moment we discussed the third quarter projections",
        'the bit with "Q3 projections"',
    ],
)
def test_that_somebody_speaks_is_not_looked_for(query: str) -> None:
    found = scores(talk(*TALK, "somebody mentions that the part is missing, she says, when he talked"), query, WORDS)
    assert int(np.argmax(found)) == 0
    assert found[0] > 0.8 * CLEAR
    assert found[-1] < 0.25


def test_misheard_words_are_found_by_what_is_left_of_them() -> None:
    heard = ("so we should go over the cue three projection before lunch", *TALK[1:])
    found = scores(talk(*heard), "the part where she mentions the Q3 projections", WORDS)
    assert int(np.argmax(found)) == 0
    assert found[0] > 3 * max(found[1:])


def test_a_word_that_everybody_says_all_the_time_says_nothing() -> None:
    often = talk(*[f"the meeting number {number}" for number in range(600)], "a zebra")
    assert max(scores(often, "meeting", WORDS)) < 0.5
    assert max(scores(often, "zebra", WORDS)) > 0.9 * CLEAR


def test_a_library_of_one_sentence_is_found_in_by_words_and_by_meaning() -> None:
    one = spoken.scan({"a": [Said(1, 3, "a red umbrella", (1, 0, 0))]})
    assert scores(one, "red umbrella", WORDS)[0] > 0.8 * CLEAR
    assert scores(one, "an unknown parasol", Parts(words=False))[0] > CLEAR


def test_meaning_and_words_add_up() -> None:
    said = [Said(at * 10, at * 10 + 3, text, (0.1, 0.2, 1)) for at, text in enumerate(TALK)]
    said[2] = replace(said[2], meaning=(1, 0.5, 0.5))
    made = spoken.scan({"a": said})
    both, meaning, words = (
        scores(made, "the red umbrella", parts)[2] for parts in (ALL_PARTS, Parts(words=False), WORDS)
    )
    assert both == pytest.approx(0.7 * (meaning + words), rel=1e-5)
    assert both > max(meaning, words)


@given(st.lists(st.tuples(NUMBERS, st.floats(0, 1, width=32)), min_size=1, max_size=8))
def test_a_score_is_never_less_than_its_words_and_grows_with_either(rows: list[tuple[float, float]]) -> None:
    towards, share = np.zeros(3, np.float32), np.zeros(DIM, np.float32)
    measured = Measure(towards, share, cosine=0.1, deviation=0.1, usual_share=0.05)
    cosines, shares = np.array(rows, np.float32).T
    found = measured.scores(cosines, shares)
    assert (found >= CLEAR * (shares - 0.05) - 1e-5).all()
    assert (measured.scores(cosines + np.float32(0.1), shares) >= found - 1e-5).all()
    assert (measured.scores(cosines, shares + np.float32(0.1)) > found).all()


def test_an_example_counts_by_its_meaning_alone() -> None:
    made = spoken.scan({"a": [Said(0, 3, "bell", (1, 0, 0)), Said(10, 13, "bell", (0, 1, 0))]})
    matrix, vector = made.matrices[Modality.SPEECH], np.array([1, 0, 0], np.float32)
    for parts in (ALL_PARTS, WORDS):
        found = speech_curve(made, matrix, vector, 1.0, None, parts=parts).scores
        assert found[0] > 1
        assert found[1] < 0


def test_raw_scores_are_cosine_and_share() -> None:
    made = spoken.scan({"a": [Said(0, 3, "bell", (1, 0, 0)), Said(10, 13, "door", (0, 1, 0))]})
    found = scores(made, "bell", Parts(calibration=False))
    assert found[0] == pytest.approx(1 + measure_share(made, "bell")[0])
    assert found[1] == pytest.approx(measure_share(made, "bell")[1])


def measure_share(made: Scan, text: str) -> Sequence[float]:
    matrix, lexical = made.matrices[Modality.SPEECH], made.lexical
    assert lexical is not None
    one = asked(text)
    return [
        float(share)
        for share in lexical.similarities(measure(matrix.usual(one.weights), lexical, one.weights, one.terms).share)
    ]


def test_document_frequencies_count_utterances() -> None:
    texts = ("bell bell", "bell bell", "bell bell", "bell door", "tree")
    _, words = spoken.matrices({"a": [Said(at * 5.0, at * 5 + 1, text) for at, text in enumerate(texts)]})
    stems = [int(terms_of(one).numbers[0]) for one in ("bell", "door", "fish")]
    assert isinstance(words.rows, SparseRows)
    cached = KeptRows.of(words.rows)
    assert cached.lengths is not None  # equal neighbours are one row
    apart = replace(words, rows=KeptRows.of(words.rows.take(np.array([0, 3, 1, 4, 2]))))
    for lexical in (words, replace(words, rows=cached), apart):
        assert document_frequency(lexical, stems).tolist() == [4, 1, 0]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.sampled_from(["bell", "door", "tree", "fish"]), min_size=1), min_size=1, max_size=12))
def test_words_are_beside_their_meaning_even_if_a_store_lost_some(texts: list[list[str]]) -> None:
    said = [Said(at * 5.0, at * 5.0 + 2, " ".join(words)) for at, words in enumerate(texts)]
    made = spoken.scan({"a": said[::2], "b": said})
    matrix, lexical = made.matrices[Modality.SPEECH], made.lexical
    assert lexical is not None
    assert rows_beside(made, matrix, lexical).tolist() == list(range(len(matrix)))
    kept = np.arange(len(lexical))[1:]
    assert isinstance(lexical.rows, SparseRows)
    lost = replace(
        lexical,
        offsets=np.maximum(lexical.offsets - 1, 0),
        start_s=lexical.start_s[kept],
        end_s=lexical.end_s[kept],
        clarity=lexical.clarity[kept],
        rows=lexical.rows.take(kept),
    )
    assert rows_beside(made, matrix, lost).tolist() == [-1, *range(len(lost))]


# Candidates


def curve_of(scan: Scan, values: Sequence[float]) -> SenseCurve:
    matrix = scan.matrices[Modality.SPEECH]
    scored = np.array(values, np.float32)
    return SenseCurve(matrix, np.zeros(3, np.float32), 1.0, scored, scan.lines[Modality.SPEECH])


def spans(scan: Scan, text: str) -> list[tuple[float, float]]:
    matrix = scan.matrices[Modality.SPEECH]
    scope = Scope(scan, (matrix,), None, {Modality.SPEECH: 1.0}, ALL_PARTS)
    ranked = find(Query(text), {Modality.SPEECH: asked(text)}, scope).ranked
    return [(one.start_s, one.end_s) for one in ranked if one.score > 1]


def test_neighbours_that_match_as_well_are_one_moment() -> None:
    said = [Said(0, 3, "the red umbrella"), Said(4, 7, "yes that red umbrella"), Said(8, 11, "something else entirely")]
    assert set(spans(spoken.scan({"a": said}), "red umbrella")) == {(0.0, 7.0)}


def test_a_moment_does_not_go_on_over_a_pause() -> None:
    said = [Said(0, 3, "the red umbrella"), Said(3.5 + PAUSE_S, 9, "yes that red umbrella")]
    assert set(spans(spoken.scan({"a": said}), "red umbrella")) == {(0.0, 3.0), (6.5, 9.0)}


@given(st.lists(st.tuples(st.floats(0, 3), st.floats(0, 8)), min_size=1, max_size=12))
def test_peaks_are_no_lower_than_what_is_said_just_before_and_after(drawn: list[tuple[float, float]]) -> None:
    at, said = 0.0, []
    for _, gap_s in drawn:
        said.append(Said(at, at + 2, "word"))
        at += 2 + gap_s
    values = [score for score, _ in drawn]
    curve = curve_of(spoken.scan({"a": said}), values)
    expected = []
    for i, score in enumerate(values):
        beside = [
            values[j]
            for j in (i - 1, i + 1)
            if 0 <= j < len(said) and max(said[i].start_s - said[j].end_s, said[j].start_s - said[i].end_s) <= PAUSE_S
        ]
        if np.float32(score) > 0 and all(np.float32(score) >= np.float32(one) for one in beside):
            expected.append(i)
    assert find_peaks(curve, None).tolist() == expected


# Trust


def test_what_is_unsure_or_drowned_counts_for_less() -> None:
    said = [Said(0, 1, "a", clarity=one) for one in ((0.9, 30), (0.2, 30), (0.9, 1), (np.nan, np.nan))]
    matrix, _ = spoken.matrices({"a": said})
    clear, unsure, drowned, unknown = clarity_of_windows(matrix, np.arange(4))
    assert clear > 0.95
    assert unsure < 0.4
    assert drowned < 0.4
    assert unknown == 1


# Among other senses


def with_bell(text: str) -> Scan:
    """A bell rings at 100 s, and somebody says `text` at 20 s."""
    ring = [[0.9 if at == 100 else 0.0, 0.0] for at in range(150)]
    heard = build.matrix(Modality.AUDIO, {"a": ring})
    meaning, words = spoken.matrices({"a": [Said(20, 23, text, (1, 0, 0)), Said(60, 63, "something else")]})
    made = build.scan(meaning, heard, events={"a": [(99.9, 101.1, 40.0)]})
    return replace(made, lexical=words)


def ranked(scan: Scan, text: str, *, spoken_affinity: float, heard_affinity: float) -> list[tuple[float, float]]:
    """Return when and how strongly each moment's own sense has it, best first."""
    bell = asked(text, affinity=heard_affinity)
    asks = {
        Modality.AUDIO: replace(bell, weights=np.array([1, 0], np.float32), terms=None),
        Modality.SPEECH: asked(text, affinity=spoken_affinity),
    }
    scope = Scope(scan, tuple(scan.matrices.values()), None, dict.fromkeys(asks, 1.0), ALL_PARTS)
    step = find(Query(text), asks, scope)
    return [(one.start_s, float(step.found[one.sense].scores[one.row])) for one in step.ranked if one.score > 0.1]


def test_a_real_ring_comes_before_somebody_who_speaks_of_it() -> None:
    made = with_bell("was that the doorbell")
    (first, clear), (second, claimed) = ranked(made, "the doorbell", spoken_affinity=0.6, heard_affinity=1.0)[:2]
    assert (round(first), round(second)) == (100, 20)
    assert claimed < clear
    alone, *_ = ranked(made, "the doorbell", spoken_affinity=0.6, heard_affinity=0.5)
    assert alone[1] > 1.9 * claimed  # where the others cannot express it, speech has all its claim


def test_a_query_about_speaking_is_answered_by_speech() -> None:
    made = with_bell("was that the doorbell")
    (first, _), (second, ring) = ranked(made, "she mentions the doorbell", spoken_affinity=1.0, heard_affinity=0.6)[:2]
    assert (round(first), round(second)) == (20, 100)
    (_, unclaimed), *_ = ranked(with_bell("no"), "the doorbell", spoken_affinity=0.6, heard_affinity=1.0)
    assert ring < 0.2 * unclaimed


def test_what_is_said_speaks_against_a_moment() -> None:
    made = with_bell("please be quiet")
    matrix = made.matrices[Modality.SPEECH]
    scope = Scope(made, (matrix,), None, {Modality.SPEECH: 1.0}, ALL_PARTS)
    quiet = asked("be quiet")
    step = find(Query("be quiet"), {Modality.SPEECH: quiet}, scope)
    (near, *_) = Unwanted(scope.curve(matrix, quiet), 1.0).near(step.found[0])
    assert near == pytest.approx(float(step.found[0].scores[0]), rel=0.01)


def test_the_prior_fades_in_a_large_library() -> None:
    said = [Said(at * 10.0, at * 10 + 3, "word", (0.6, 0, 0.8)) for at in range(20 * PRIOR_UTTERANCES)]
    matrix, lexical = spoken.matrices({"a": said})
    towards = np.array([1, 0, 0], np.float32)
    measured = measure(matrix.usual(towards), lexical, towards, terms_of("word"))
    assert measured.cosine == pytest.approx(0.6, abs=0.03)
    assert measured.usual_share > 0.9
