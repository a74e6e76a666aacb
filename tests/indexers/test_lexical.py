from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexers.embeddings import SparseRows
from indexers.lexical import AVERAGE_WORDS, DIM, MODEL, STEMS, idf, lexical_space, query_terms, term_weights
from indexers.testing import ToySpeech

TEXTS = (
    "So, in this meeting we should go over the Q3 projections before lunch.",
    "I think we left the umbrella in the taxi yesterday.",
    "Can you pick up some milk and the dry cleaning on your way home?",
    "Preheat the oven to 425 degrees.",
    "The keys are under the flower pot by the front door.",
    "Our flight to Lisbon has been delayed by three hours.",
)
MISHEARD = "So, in this meeting, we shall go over the queue-free connections before lunch."


def scores(rows: SparseRows, query: str) -> list[float]:
    """Score each row as a search will: the query's weights times how rare its terms are, as a share of the best."""
    indices, weights = query_terms(query)
    frequency = np.array([(rows.indices == index).sum() for index in indices], np.int64)
    telling = weights * idf(frequency, len(rows))
    vector = np.zeros(DIM, np.float32)
    vector[indices] = telling
    return [float(score) for score in rows.dot(vector) / telling.sum()]


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("the part where she mentions the Q3 projections", 0),
        ("projections for the third quarter", 0),
        ("projected in Q 3", 0),
        ("UMBRELLAS", 1),
        ("dry-cleaning", 2),
        ("four hundred and twenty five degrees", 3),
        ("the key under the flowerpot", 4),
        ("when he said that the flight was delayed", 5),
        ("Lisboa", 5),
    ],
)
def test_words_find_what_was_said(query: str, best: int) -> None:
    assert int(np.argmax(scores(term_weights(TEXTS), query))) == best


def test_a_misheard_sentence_is_still_found() -> None:
    found = scores(term_weights((MISHEARD, *TEXTS[1:])), "the part where she mentions the Q3 projections")
    assert int(np.argmax(found)) == 0
    assert found[0] > 2 * max(found[1:])


def test_a_term_weighs_more_the_more_often_and_in_shorter_texts() -> None:
    words = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot"]
    assert len(words) == AVERAGE_WORDS
    once, twice, short = (term_weights([text]) for text in (" ".join(words), "alpha alpha" + " b" * 4, "alpha bravo"))
    (index, *_), _ = query_terms("alpha")
    weight = {name: float(rows.dense()[0, index]) for name, rows in (("1", once), ("2", twice), ("s", short))}
    assert weight["1"] == pytest.approx(1)  # the worked example
    assert weight["2"] == pytest.approx(1.375)
    assert 1 < weight["s"] < 2.2


@given(st.lists(st.text(max_size=60), max_size=5))
def test_rows_are_ascending_and_bounded(texts: list[str]) -> None:
    rows = term_weights(texts)
    assert (len(rows), rows.dim) == (len(texts), DIM)
    for i in range(len(rows)):
        indices, values = rows.row(i)
        assert all(a < b for a, b in pairwise(indices.tolist()))
        assert ((values > 0) & (values <= 2.2)).all()


@given(st.text(max_size=80))
def test_the_terms_of_a_query_share_one_weight(text: str) -> None:
    indices, weights = query_terms(text)
    assert all(a < b for a, b in pairwise(indices.tolist()))
    assert len(indices) == 0 or weights.sum() == pytest.approx(1, abs=1e-5)
    assert (len(indices) == 0) or (indices[0] < STEMS <= indices[-1])


@given(st.integers(1, 10_000), st.data())
def test_rarer_is_more_telling(n: int, data: st.DataObject) -> None:
    rare, common = sorted(data.draw(st.tuples(st.integers(0, n), st.integers(0, n))))
    both = idf(np.array([rare, common]), n)
    assert both[0] >= both[1] > 0


def test_rarity_by_hand() -> None:
    assert idf(np.array([9, 0]), 9).tolist() == pytest.approx([np.log(10 / 9.5), np.log(20)])


def test_numbers_of_terms_are_the_same_on_every_machine() -> None:
    indices, _ = query_terms("umbrella")
    assert indices[0] == 28_758
    assert len(indices) == 1 + len("umbrella")


def test_texts_of_two_transcribers_are_two_spaces() -> None:
    one, other = lexical_space(ToySpeech().space), lexical_space(ToySpeech("crash-on-red").space)
    assert (one.model, one.layout, one.dim) == (MODEL, "sparse", DIM)
    assert one.id != other.id
    assert lexical_space(ToySpeech().space) == one
