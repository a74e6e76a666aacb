"""Any file name can be kept in the catalogue, and comes back as it was."""

import doctest
import os
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from egosearch.catalog import Catalog, FileStamp, names
from egosearch.catalog.names import from_text, to_text

AT = datetime(2026, 11, 21, tzinfo=UTC)


@given(st.binary())
@example(b"\xff.mp4")
@example("\U0010ff80\U0010ffff and \xff".encode())
@example(b"\xf4\x8f\xbe")  # the beginning of a character that stands for bytes
def test_any_bytes_come_back(name: bytes) -> None:
    read = name.decode("utf-8", "surrogateescape")
    kept = to_text(read)
    kept.encode()  # DuckDB takes it
    assert from_text(kept) == read


@given(st.text(st.characters(max_codepoint=0x10FF7F, exclude_categories=["Cs"])))
def test_names_that_are_text_are_kept_as_they_are(name: str) -> None:
    assert to_text(name) == name
    assert from_text(name) == name


@given(st.text(st.characters(codec=None)))
def test_any_text_can_be_kept(name: str) -> None:
    to_text(name).encode()


def test_a_failure_is_remembered_under_its_name_and_forgotten(tmp_path: Path) -> None:
    path = Path(os.fsdecode(b"/v/\xff.mp4"))
    with Catalog.open(tmp_path / "catalog.duckdb") as catalog:
        catalog.add_failure(path, f"{path} is broken", "mend it", FileStamp(3, AT))
        assert [(one.path, one.reason) for one in catalog.failures()] == [(path, f"{path} is broken")]
        catalog.clear_failure(path)
        assert catalog.failures() == []


def test_the_examples_in_docstrings() -> None:
    assert doctest.testmod(names).failed == 0
