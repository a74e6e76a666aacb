import subprocess
import sys

import pytest

import egosearch

HEAVY = ("numpy", "duckdb", "qdrant_edge", "qdrant_client", "av", "onnxruntime", "textual", "typer", "rich")


def test_the_public_names_are_these() -> None:
    assert egosearch.__all__ == [
        "Answer",
        "CatalogError",
        "ClipFile",
        "ClipOptions",
        "Cut",
        "Day",
        "EgosearchError",
        "EncoderError",
        "Evidence",
        "IndexOptions",
        "IndexReport",
        "Library",
        "LibraryError",
        "LibraryLockedError",
        "Mark",
        "MediaError",
        "Modality",
        "Moment",
        "Neighbours",
        "Note",
        "Parts",
        "Place",
        "Query",
        "QueryError",
        "SavedQuery",
        "SpaceMismatchError",
        "SpaceSummary",
        "Span",
        "StoreError",
        "Where",
    ]


def test_the_verbs_of_a_library_are_these() -> None:
    verbs = [name for name in dir(egosearch.Library) if not name.startswith("_")]
    assert verbs == [
        "answer",
        "clear_failures",
        "clip",
        "close",
        "curves",
        "day",
        "drop_space",
        "encoders",
        "export",
        "failures",
        "find",
        "find_space",
        "forget",
        "forgotten",
        "index",
        "mark",
        "marks",
        "neighbours",
        "note",
        "notes",
        "open",
        "picture",
        "recordings",
        "remove",
        "repair",
        "save_query",
        "saved_queries",
        "search",
        "set_time_zone",
        "similar",
        "sound_levels",
        "spaces",
        "spectrum",
        "sql",
        "stats",
        "to_forget",
        "transcript",
        "unforget",
        "unmark",
        "unnote",
        "unsave_query",
        "use_space",
        "verify",
        "write_sql",
    ]


@pytest.mark.parametrize("name", egosearch.__all__)
def test_each_is_there_and_documented(name: str) -> None:
    assert name in dir(egosearch)
    assert getattr(egosearch, name).__name__ == name
    assert getattr(egosearch, name).__doc__


def test_there_is_a_version_and_nothing_else() -> None:
    assert egosearch.__version__[0].isdigit()
    with pytest.raises(AttributeError, match="no attribute 'libary'"):
        getattr(egosearch, "libary")  # noqa: B009 - mypy would object to the attribute


@pytest.mark.parametrize("module", ["egosearch", "egosearch.indexing.worker"])
def test_importing_it_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(*({set(HEAVY)!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
