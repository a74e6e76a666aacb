"""Several spaces in one library: adding, comparing, switching and dropping them, and a newer version of an encoder."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from egosearch.config import read_config
from egosearch.errors import EncoderError, LibraryError, QueryError, SpaceMismatchError
from egosearch.indexing.pool import index_here
from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.stores import EmbeddedStore
from egosearch.types import Query, SpaceSummary
from indexers.encoders import load_encoder
from indexers.testing import ToyTones
from indexers.types import Modality
from tests.media import BLUE, GREEN, RED, RecordingOptions, Tone, make_recording

COLOURS = (RED, RED, RED, BLUE, BLUE, BLUE, GREEN, GREEN, GREEN)
OTHER = IndexOptions(encoders={Modality.VISUAL: "toy:other"}, jobs=1)
BLUES = Query("blue", min_confidence=0, modalities=frozenset({Modality.VISUAL}))
ASKING_OTHER = replace(BLUES, encoders={Modality.VISUAL: "toy:other"})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    make_recording(folder / "kitchen.mp4", RecordingOptions(seconds=9, colours=COLOURS, tones=(Tone(1.0, 2.0),)))
    make_recording(folder / "hall.mp4", RecordingOptions(seconds=9, colours=COLOURS[::-1]))
    return folder


@pytest.fixture
def films(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "films")


@pytest.fixture
def filled(library: Library, films: Path, toy: IndexOptions) -> Library:
    library.index([films], options=toy)
    return library


@pytest.fixture
def upgrade(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return what installs another version of the toy that sees colours."""
    encoder = load_encoder("toy", Modality.VISUAL)
    return lambda: monkeypatch.setattr(encoder, "space", replace(encoder.space, weights_digest="new"))


def listed(library: Library) -> list[tuple[str, str, int, bool]]:
    return [(one.modality.value, one.model, one.recordings, one.is_default) for one in library.spaces()]


def of(library: Library, model: str) -> SpaceSummary:
    return next(one for one in library.spaces() if one.model == model and one.modality is Modality.VISUAL)


def starts(library: Library, query: Query) -> list[int]:
    return sorted(round(one.span.start_s) for one in library.answer(query).moments)


def killed(*_: object) -> None:
    raise SystemExit


def vectors(library: Library) -> set[str]:
    store = EmbeddedStore(library.path / "vectors")
    with store:
        return set(store.spaces())


def test_another_encoder_is_indexed_beside_the_first(filled: Library, films: Path) -> None:
    assert listed(filled) == [("audio", "toy", 2, True), ("visual", "toy", 2, True)]
    report = filled.index([films], options=OTHER)
    assert (report.indexed, report.unchanged) == (2, 0)
    assert [one.model for one in report.beside] == ["toy:other"]
    assert listed(filled)[1:] == [("visual", "toy", 2, True), ("visual", "toy:other", 2, False)]
    assert filled.encoders == {Modality.AUDIO: "toy", Modality.VISUAL: "toy"}
    other = of(filled, "toy:other")
    assert (other.windows, round(other.indexed_s), other.dim, other.layout) == (18, 18, 8, "sparse")
    assert other.size_bytes is not None
    assert other.size_bytes > 0
    assert filled.stats().windows == {Modality.AUDIO: 34, Modality.VISUAL: 18}, "what searches use"


def test_only_what_is_missing_is_indexed_again(filled: Library, films: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(ToyTones, "encode")  # sound was indexed before
    filled.index([films / "kitchen.mp4"], options=OTHER)
    assert filled.index([films], options=OTHER).unchanged == 1
    assert filled.index([films], options=OTHER).unchanged == 2


def test_new_recordings_are_indexed_with_every_encoder_that_is_kept(filled: Library, films: Path) -> None:
    filled.index([films], options=OTHER)
    make_recording(films / "later.mp4", RecordingOptions(colours=(RED, BLUE)))
    report = filled.index([films])
    assert (report.indexed, report.unchanged, report.beside) == (1, 2, ())
    assert [recordings for _, _, recordings, _ in listed(filled)] == [3, 3, 3]


def test_an_encoder_for_a_new_sense_is_used_at_once(library: Library, films: Path) -> None:
    library.index([films], options=IndexOptions(encoders={Modality.VISUAL: "toy"}, jobs=1))
    report = library.index([films], options=IndexOptions(encoders={Modality.AUDIO: "toy"}, jobs=1))
    assert (report.indexed, report.beside) == (2, ())
    assert listed(library) == [("audio", "toy", 2, True), ("visual", "toy", 2, True)]
    assert read_config(library.path / "egosearch.toml").encoders == {Modality.AUDIO: "toy", Modality.VISUAL: "toy"}


def test_speech_is_added_later_and_dropped_with_what_was_written_down(filled: Library, films: Path) -> None:
    def speech() -> list[tuple[str, bool]]:
        return [(one.model, one.is_default) for one in filled.spaces() if one.modality is Modality.SPEECH]

    kitchen = filled.find("kitchen").recording_id
    filled.index([films], options=IndexOptions(encoders={Modality.SPEECH: "toy"}, jobs=1))
    assert speech() == [("toy", True), ("bm25", True)]
    said = filled.transcript(kitchen)
    assert said
    filled.index([films], options=IndexOptions(encoders={Modality.SPEECH: "toy:other"}, jobs=1))
    assert speech() == [("toy", True), ("bm25", True), ("toy:other", False), ("bm25", False)]
    filled.use_space("speech=toy:other")
    assert speech() == [("toy:other", True), ("bm25", True), ("toy", False), ("bm25", False)]
    assert len(vectors(filled)) == 6
    filled.drop_space("speech=toy")
    assert speech() == [("toy:other", True), ("bm25", True)]
    assert filled.transcript(kitchen) == said, "what the other one wrote down"
    filled.drop_space("speech=toy:other")
    assert (speech(), len(vectors(filled))) == ([], 2)
    with pytest.raises(LibraryError, match="was indexed without speech"):
        filled.transcript(kitchen)


def test_a_query_can_choose(filled: Library, films: Path) -> None:
    filled.index([films / "kitchen.mp4"], options=OTHER)
    assert starts(filled, BLUES) == [3, 3]
    assert starts(filled, ASKING_OTHER) == [3], "it has the kitchen only"
    assert starts(filled, BLUES) == [3, 3]
    by_id = replace(ASKING_OTHER, encoders={Modality.VISUAL: of(filled, "toy:other").space_id[:6]})
    assert filled.answer(by_id).moments == filled.answer(ASKING_OTHER).moments
    filled.index([films], options=OTHER)
    assert starts(filled, ASKING_OTHER) == [3, 3]
    (hall,) = [one for one in filled.recordings() if one.path.stem == "hall"]
    assert max(filled.curves(ASKING_OTHER, hall.recording_id)["visual"].scores[3:6]) > 1
    with pytest.raises(QueryError, match=r"has toy, toy:other for visual, not best; name what it has, or index with"):
        filled.answer(replace(BLUES, encoders={Modality.VISUAL: "best"}))


def test_a_library_open_for_reading_can_be_asked_too(filled: Library, films: Path) -> None:
    filled.index([films], options=OTHER)
    filled.close()
    with Library.open(filled.path, read_only=True) as library:
        assert starts(library, ASKING_OTHER) == [3, 3]
        assert [one.model for one in library.spaces()] == ["toy", "toy", "toy:other"]
        for verb in (library.use_space, library.drop_space):
            with pytest.raises(LibraryError, match="open for reading only"):
                verb("toy:other")


def test_switching(filled: Library, films: Path) -> None:
    filled.index([films / "kitchen.mp4"], options=OTHER)
    assert filled.use_space("toy:other").is_default
    assert listed(filled)[1:] == [("visual", "toy:other", 1, True), ("visual", "toy", 2, False)]
    assert filled.encoders[Modality.VISUAL] == "toy:other"
    assert starts(filled, BLUES) == [3]
    assert {one.path.stem: round(one.indexed_s) for one in filled.recordings()} == {"kitchen": 9, "hall": 0}
    filled.close()
    with Library.open(filled.path) as again:
        assert again.index([films]).indexed == 1
        assert starts(again, BLUES) == [3, 3]
        assert again.use_space("visual=toy").model == "toy"
        assert again.index([films]).adopted == (), "nobody switches back"
        assert again.encoders[Modality.VISUAL] == "toy"


def test_what_a_person_may_call_a_space(filled: Library, films: Path) -> None:
    filled.index([films], options=OTHER)
    other = of(filled, "toy:other")
    for name in ("toy:other", "visual=toy:other", other.space_id, other.space_id[:4], f"visual={other.space_id[:5]}"):
        assert filled.find_space(name) == other
    with pytest.raises(LibraryError, match=r"'toy' are 2 spaces of this library \(\w+ for audio, \w+ for visual\)"):
        filled.find_space("toy")
    for name in ("audio=toy:other", other.space_id[:3], "", "smell=toy"):
        with pytest.raises(LibraryError, match="no space of this library is called"):
            filled.find_space(name)


def test_dropping_gives_back_everything(filled: Library, films: Path) -> None:
    before = vectors(filled)
    filled.index([films], options=OTHER)
    assert len(vectors(filled)) == 3
    filled.answer(ASKING_OTHER)
    assert filled.drop_space("toy:other").windows == 18
    assert vectors(filled) == before
    assert listed(filled) == [("audio", "toy", 2, True), ("visual", "toy", 2, True)]
    assert starts(filled, BLUES) == [3, 3]
    assert not (filled.path / "compared").exists()
    with pytest.raises(QueryError, match="has toy for visual, not toy:other"):
        filled.answer(ASKING_OTHER)
    assert filled.index([films]).unchanged == 2, "and it is not indexed again"


def test_what_searches_use_is_dropped_only_where_there_is_no_other(filled: Library, films: Path) -> None:
    filled.index([films], options=OTHER)
    with pytest.raises(LibraryError, match=r"searches use toy for visual; .* `egosearch spaces use`: toy:other"):
        filled.drop_space("visual=toy")
    filled.use_space("toy:other")
    filled.drop_space("visual=toy")
    filled.drop_space("visual=toy:other")
    assert filled.encoders == {Modality.AUDIO: "toy"}
    with pytest.raises(QueryError, match="this library has no visual to search"):
        filled.answer(BLUES)
    assert filled.index([films]).unchanged == 2
    assert filled.index([films], options=OTHER).indexed == 2
    assert filled.encoders[Modality.VISUAL] == "toy:other"


def test_a_kill_between_catalogue_and_vectors_is_swept_up(
    filled: Library, films: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.index([films], options=OTHER)
    doomed = of(filled, "toy:other").space_id

    with monkeypatch.context() as patch:
        patch.setattr(EmbeddedStore, "drop_space", killed)
        with pytest.raises(SystemExit):
            filled.drop_space("toy:other")
    filled.close()
    assert doomed in vectors(filled)
    with Library.open(filled.path) as again:
        assert [one.model for one in again.spaces()] == ["toy", "toy"]
        assert starts(again, BLUES) == [3, 3]
        assert again.index([films]).unchanged == 2
        assert doomed not in vectors(again)


def test_a_kill_while_switching_is_made_good_by_the_next_run(
    filled: Library, films: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.index([films], options=OTHER)

    with monkeypatch.context() as patch:
        patch.setattr(filled._catalog, "use_spaces", killed)
        with pytest.raises(SystemExit):
            filled.use_space("toy:other")
    assert starts(filled, BLUES) == [3, 3]
    assert [one.model for one in filled.index([films]).adopted] == ["toy:other"]


def test_the_file_says_what_searches_are_to_use(filled: Library, films: Path) -> None:
    filled.close()
    config = filled.path / "egosearch.toml"
    config.write_text(config.read_text(encoding="utf-8").replace('visual = "toy"', 'visual = "toy:other"'))
    with Library.open(filled.path) as again:
        report = again.index([films / "kitchen.mp4"])
        assert ([one.model for one in report.behind], report.adopted, report.beside) == (["toy:other"], (), ())
        assert starts(again, BLUES) == [3, 3], "with what has all recordings"
        report = again.index([films])
        assert ([one.model for one in report.adopted], report.behind) == (["toy:other"], ())
        assert report.adopted[0].is_default
        assert again.index([films]).adopted == ()


def test_a_new_version_of_an_encoder_takes_over_once_it_has_everything(
    filled: Library, films: Path, upgrade: Callable[[], None]
) -> None:
    old = of(filled, "toy")
    upgrade()
    report = filled.index([films / "kitchen.mp4"], executor=index_here)
    assert (report.indexed, [one.recordings for one in report.behind]) == (1, [1])
    assert old.space_id in {one.space_id for one in filled.spaces() if one.is_default}
    (films / "hall.mp4").rename(films / "away.mp4")
    report = filled.index([films / "kitchen.mp4"], executor=index_here)
    (new,) = report.adopted
    assert (new.model, new.recordings, report.unchanged) == ("toy", 1, 1), "what is away cannot be waited for"
    assert new.space_id != old.space_id
    (films / "away.mp4").rename(films / "hall.mp4")
    filled.index([films], executor=index_here)
    assert starts(filled, BLUES) == [3, 3]
    with pytest.raises(LibraryError, match=rf"'visual=toy' are 2 spaces of this library .*{old.space_id}"):
        filled.drop_space("visual=toy")
    filled.drop_space(old.space_id)
    assert listed(filled) == [("audio", "toy", 2, True), ("visual", "toy", 2, True)]


def test_what_an_older_version_made_is_not_searched_with_this_one(
    filled: Library, films: Path, upgrade: Callable[[], None]
) -> None:
    filled.index([films], options=OTHER)
    filled.use_space("toy:other")
    old = of(filled, "toy")
    upgrade()
    assert starts(filled, BLUES) == [3, 3]
    with pytest.raises(SpaceMismatchError, match=rf"of {old.space_id} were made by another version of toy, which is"):
        filled.use_space(old.space_id)
    assert of(filled, "toy:other").is_default


def test_without_the_package_of_an_encoder_the_rest_goes_on(
    filled: Library, films: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.index([films], options=OTHER)

    def load(name: str, modality: Modality) -> object:
        if (name, modality) == ("toy", Modality.VISUAL):
            raise EncoderError("toys are not installed; `pip install 'egosearch[toys]'` brings them")
        return load_encoder(name, modality)

    filled.close()
    for module in ("egosearch.query.asking", "egosearch.choosing", "indexers.slices"):
        monkeypatch.setattr(f"{module}.load_encoder", load)
    with Library.open(filled.path) as again:
        assert len(again.recordings()) == 2
        assert again.stats().windows[Modality.VISUAL] == 18
        assert len(again.spaces()) == 3
        with pytest.raises(EncoderError, match=r"pip install 'egosearch\[toys\]'"):
            again.answer(Query("a blue thing that nobody asked for before"))
        again.answer(Query("a low tone", min_confidence=0, modalities=frozenset({Modality.AUDIO})))
        assert starts(again, ASKING_OTHER) == [3, 3]
        with pytest.raises(EncoderError, match=r"until `egosearch spaces drop visual=toy` gives that up"):
            again.index([films])
        again.use_space("toy:other")
        again.drop_space("visual=toy")
        assert again.index([films]).unchanged == 2
