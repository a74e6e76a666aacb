"""A library whose vectors are on a server answers like one that has them itself, and fetches what it needs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.stores import ServerStore
from egosearch.types import Moment, Place, Query, Where
from indexers.types import Modality
from tests.media import BLUE, GREEN, RED, YELLOW, RecordingOptions, Tone, make_recording

WHISTLE_HZ, LOW_HZ = 2500, 200


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("films")
    both = RecordingOptions(
        seconds=40, colours=(*[RED] * 12, *[BLUE] * 6, *[GREEN] * 22), tones=(Tone(10, 11, WHISTLE_HZ),)
    )
    apart = RecordingOptions(
        seconds=60, colours=(*[BLUE] * 6, *[YELLOW] * 54), tones=(Tone(30, 31, WHISTLE_HZ), Tone(50, 51.5, LOW_HZ))
    )
    return [make_recording(folder / "both.mp4", both), make_recording(folder / "apart.mp4", apart)]


@pytest.fixture(scope="module")
def libraries(films: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Library, Library]]:
    """The same films on a server, of whose windows half are sampled, and in a library of their own."""
    from qdrant_client import QdrantClient

    folder = tmp_path_factory.mktemp("libraries")
    options = IndexOptions(encoders={Modality.AUDIO: "toy", Modality.VISUAL: "toy"}, jobs=1)
    client = QdrantClient(":memory:")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ServerStore, "connect", lambda url, key, *, prefix, **_: ServerStore(client, prefix))
        patch.setattr("egosearch.scan.SAMPLE", 50)
        with (
            Library.open(folder / "server", qdrant_url="http://nowhere") as remote,
            Library.open(folder / "own") as own,
        ):
            for library in (remote, own):
                library.index(films, options=options)
            yield remote, own


def place(library: Library, name: str, time_s: float) -> Place:
    return Place(library.find(name).recording_id, time_s)


def told(moments: tuple[Moment, ...] | list[Moment]) -> list[tuple[str, float, float]]:
    return [(one.path.name, round(one.span.start_s, 2), round(one.span.end_s, 2)) for one in moments]


@pytest.mark.parametrize(
    "query",
    [
        Query("a whistle, then blue", min_confidence=0),
        Query("something green", min_confidence=0, limit=1),
        Query("a low tone", min_confidence=0, limit=1),
        Query("a whistle", min_confidence=0, limit=2),
        Query("a whistle", without=("blue",), min_confidence=0, limit=1),
        Query("a whistle", then=("a low tone",), within_s=30, min_confidence=0, limit=1),
        Query("blue", modalities=frozenset({Modality.VISUAL}), min_confidence=0, limit=2),
    ],
    ids=lambda query: query.text,
)
def test_a_server_library_answers_like_its_own(libraries: tuple[Library, Library], query: Query) -> None:
    remote, own = libraries
    found, expected = remote.answer(query).moments, own.answer(query).moments
    assert expected
    assert told(found[:1]) == told(expected[:1])
    assert set(told(found)) == set(told(expected))


def test_more_like_a_place(libraries: tuple[Library, Library]) -> None:
    found = [
        one.answer(Query(like=place(one, "apart.mp4", 30.5), min_confidence=0, limit=1)).moments for one in libraries
    ]
    assert told(found[0]) == told(found[1])
    assert found[0][0].path.name == "both.mp4"


def test_a_filter_of_place(libraries: tuple[Library, Library]) -> None:
    remote, _ = libraries
    apart = remote.find("apart.mp4").recording_id
    query = Query("a whistle", min_confidence=0, where=Where(recording_ids=frozenset({apart})))
    (best, *_) = remote.answer(query).moments
    assert best.span.start_s == pytest.approx(30, abs=0.1)


def test_a_curve_is_of_the_whole_recording(libraries: tuple[Library, Library]) -> None:
    drawn = []
    for library in libraries:
        curves = library.curves(Query("yellow"), library.find("apart.mp4").recording_id)
        drawn.append(curves["visual"])
    assert drawn[0].times_s == drawn[1].times_s
    assert drawn[0].scores == pytest.approx(drawn[1].scores, rel=0.1, abs=0.1)
    assert max(drawn[0].scores) > 0.5
