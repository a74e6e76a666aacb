"""Dense senses are searched at once, and find what they find one after the other."""

from dataclasses import replace

import numpy as np
import pytest

from egosearch.query import steps
from egosearch.query.asking import Asked
from egosearch.query.steps import Scope, Step, find
from egosearch.scan import sharing
from egosearch.types import ALL_PARTS, Query
from indexers.embeddings import DenseRows
from indexers.types import Modality
from tests.egosearch.query import build

SENSES = (Modality.AUDIO, Modality.VISUAL)


def scope() -> Scope:
    """Return a library of drawn dense windows, in two recordings."""
    random = np.random.default_rng(3)
    matrices = []
    for sense in SENSES:
        made = build.matrix(sense, {"a": [[0.0] * 8] * 300, "b": [[0.0] * 8] * 200})
        rows = DenseRows(random.standard_normal((500, 8)).astype(np.float32))
        matrices.append(replace(made, space=replace(made.space, layout="dense", distance="cosine"), rows=rows))
    known = build.scan(*matrices, events={"a": [(20.3, 22.5, 40.0), (130.0, 131.0, 40.0)]})
    return Scope(known, tuple(matrices), None, dict.fromkeys(SENSES, 1.0), ALL_PARTS)


def test_senses_searched_at_once_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {sense: Asked(np.eye(8, dtype=np.float32)[i], 1.0) for i, sense in enumerate(SENSES)}
    monkeypatch.setattr(sharing, "_cores", lambda: 2)
    found: list[Step] = []
    shared: list[int] = []

    def counted(work: object, several: list[object]) -> object:
        shared.append(len(several))
        return sharing.at_once(work, several)  # type: ignore[arg-type]

    monkeypatch.setattr(steps, "at_once", counted)
    for many in (501, 1):
        monkeypatch.setattr(steps, "MANY", many)
        found.append(find(Query("anything"), asked, scope()))
    assert shared == [2]
    one_by_one, at_once = found
    assert at_once.ranked == one_by_one.ranked != []
    assert [one.curve.modality for one in at_once.found] == list(SENSES)
