"""What a library or a model holds that came from somebody else is read, and never run."""

import ast
import os
import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from egosearch.catalog import Catalog
from egosearch.config import LibraryPaths
from egosearch.errors import EgosearchError, LibraryError, QueryError
from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.table import SqlLimits
from tests.media import make_recording

ROOT = Path(__file__).parents[2]
PACKAGES = ("egosearch", "indexers", "tui")


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.folder),)


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    yield f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node.func)}", node


def _given(call: ast.Call, name: str) -> list[str]:
    return [ast.unparse(one.value) for one in call.keywords if one.arg == name]


def test_the_bomb_would_go_off(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Bomb(tmp_path / "hit")))  # noqa: S301 - on purpose
    assert (tmp_path / "hit").exists()


@pytest.mark.parametrize("part", ["events.npy", "scan.json"])
def test_a_pickle_in_the_search_cache_is_not_run(
    library: Library, tmp_path: Path, toy: IndexOptions, part: str
) -> None:
    library.index([make_recording(tmp_path / "a.mp4")], options=toy)
    before = library.search("blue", min_confidence=0)
    library.close()
    (planted,) = LibraryPaths(library.path).scan.rglob(part)
    with planted.open("wb") as file:
        np.save(file, np.array([Bomb(tmp_path / "hit")], dtype=object), allow_pickle=True)
    with Library.open(library.path) as again:
        with pytest.raises(LibraryError, match="delete it, it is made again"):
            again.search("blue", min_confidence=0)
        shutil.rmtree(planted.parent)
        assert again.search("blue", min_confidence=0) == before
    assert not (tmp_path / "hit").exists()


@pytest.mark.parametrize(
    "made",
    [
        "CREATE VIEW planted AS FROM read_text('{secret}')",
        "CREATE MACRO planted() AS TABLE FROM read_text('{secret}')",
        "CREATE VIEW planted AS SELECT * FROM glob('/*')",
    ],
)
def test_a_catalogue_that_was_prepared_reaches_no_other_file(tmp_path: Path, made: str) -> None:
    import duckdb

    (tmp_path / "secret").write_text("secret")
    path = tmp_path / "catalog.duckdb"
    Catalog.open(path).close()
    with duckdb.connect(path) as connection:
        connection.execute(made.format(secret=tmp_path / "secret"))
    with Catalog.open(path, read_only=True) as catalog:
        for text in ("FROM planted", "FROM planted()"):
            with pytest.raises(QueryError):
                catalog.read_sql(text, SqlLimits())


@pytest.mark.parametrize(
    "line",
    [
        'encoders = "os:system"',
        '[encoders]\naudio = "os.system:true"',
        '[encoders]\naudio = "exported:../../etc"',
        "[encoders]\naudio = 3",
        '[encoders]\nsmell = "toy"',
        '[qdrant]\n__class__ = "x"',
        'time_zone = "../../../etc/passwd"',
        'qdrant_url = "file:///etc/passwd"',
        "format = 99",
        "\x00",
    ],
)
def test_a_prepared_egosearch_toml_is_refused_in_a_sentence(tmp_path: Path, line: str) -> None:
    Library.open(tmp_path / "library").close()
    config = tmp_path / "library" / "egosearch.toml"
    head = "" if line.startswith("format") else "format = 1\n"
    config.write_text(f'{head}id = "x"\n{line}\n')
    with pytest.raises(EgosearchError) as caught, Library.open(tmp_path / "library") as library:
        library.index([make_recording(tmp_path / "a.mp4")], options=IndexOptions(jobs=1))
    assert "\n" not in str(caught.value)


def test_arrays_are_loaded_without_pickles() -> None:
    loads = {
        place: _given(call, "allow_pickle") for place, call in _calls() if place.endswith((" np.load", " numpy.load"))
    }
    assert loads
    assert {place for place, given in loads.items() if given not in ([], ["False"])} == set()  # False is the default


def test_checkpoints_are_loaded_as_weights_only() -> None:
    loads = {
        place: _given(call, "weights_only")
        for place, call in _calls()
        if place.endswith(("torch.load", "load_checkpoint"))
    }
    assert len(loads) >= 2
    assert {place for place, given in loads.items() if given != ["True"]} == set()


def test_no_model_brings_code_of_its_own() -> None:
    assert [place for place, call in _calls() if _given(call, "trust_remote_code") not in ([], ["False"])] == []


def test_nothing_goes_through_a_shell() -> None:
    shells = ("os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput")
    assert [place for place, call in _calls() if _given(call, "shell") not in ([], ["False"])] == []
    assert [place for place, _ in _calls() if place.endswith(shells)] == []


def test_a_library_folder_that_is_a_link_is_that_of_its_target(tmp_path: Path) -> None:
    Library.open(tmp_path / "library").close()
    (tmp_path / "link").symlink_to(tmp_path / "library")
    with Library.open(tmp_path / "link", read_only=True) as library:
        assert library.recordings() == []
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(LibraryError):
        Library.open(tmp_path / "loop")
