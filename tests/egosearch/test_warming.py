from pathlib import Path

import pytest

from egosearch import warming
from egosearch.config import Config, LibraryPaths, make_folder, write_config
from indexers.types import Modality


class Loaded:
    """Notes which encoders are loaded, and what they encode."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []

    def __call__(self, name: str, modality: Modality) -> "Loaded":
        if name == "missing":
            raise RuntimeError("not here")
        self._of = name, str(modality)
        return self

    def encode_text(self, texts: list[str]) -> None:
        self.asked.append((*self._of, *texts))

    def affinity(self, text: str) -> float:
        return 1.0


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> Loaded:
    loaded = Loaded()
    monkeypatch.setattr("indexers.encoders.load_encoder", loaded)
    return loaded


def library(folder: Path, **encoders: str) -> Path:
    paths = LibraryPaths(folder)
    make_folder(paths)
    write_config(paths.config, Config(encoders={Modality(sense): name for sense, name in encoders.items()}))
    return folder


def test_the_encoders_of_a_library_are_loaded(tmp_path: Path, loaded: Loaded) -> None:
    thread = warming.begin(library(tmp_path / "library", audio="toy", visual="other"))
    assert thread is not None
    thread.join()
    assert sorted(loaded.asked) == [("other", "visual", warming.ANYTHING), ("toy", "audio", warming.ANYTHING)]


def test_nothing_is_loaded_where_the_library_has_an_owner(tmp_path: Path, loaded: Loaded) -> None:
    folder = library(tmp_path / "library", audio="toy")
    (folder / "owner.json").write_text('{"pid": 1, "kind": "tcp", "place": "1", "token": "x"}')
    assert warming.begin(folder) is None
    assert loaded.asked == []


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_goes_wrong_is_left_to_whoever_needs_it(tmp_path: Path, loaded: Loaded) -> None:
    for folder in (tmp_path / "nowhere", library(tmp_path / "library", audio="missing")):
        thread = warming.begin(folder)
        assert thread is not None
        thread.join()
    assert loaded.asked == []
