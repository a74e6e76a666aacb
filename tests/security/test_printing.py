"""Names, tags and what is typed are data: they steer no terminal, break no table, and reach programs exactly."""

import csv
import io
import json
import os
import sys
from pathlib import Path

import pytest

from egosearch.library import Library
from tests.security.hostile import BROKEN, DEVICE, EVIL, NAMES, make_hostile, steers
from tests.security.processes import EGOSEARCH, Ended, environment, run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems allow no such names")
UNDECODABLE = NAMES[1]
TYPED = b"typed \x1b[31m\xff \x9b31m"


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Index a folder of hostile names; what the run says is kept beside it."""
    folder = tmp_path_factory.mktemp("hostile") / "videos"
    make_hostile(folder)
    toy = ("--encoder", "audio=toy", "--encoder", "visual=toy", "--jobs", "1")
    indexed = run("index", folder, *toy, "--library", folder.parent / "library")
    (folder.parent / "said").write_bytes(indexed.stdout + indexed.stderr)
    assert indexed.code == 3, indexed.said
    return folder


@pytest.fixture
def here(videos: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EGOSEARCH_LIBRARY", str(videos.parent / "library"))
    monkeypatch.chdir(videos)
    return videos


def _paths(videos: Path) -> set[bytes]:
    return {os.fsencode(videos) + b"/" + name for name in NAMES}


def test_indexing_names_what_failed_and_takes_the_rest(videos: Path) -> None:
    said = (videos.parent / "said").read_bytes().decode()
    assert steers(said) == []
    assert "broken [2J.mp4: it is not a media file" in said
    assert f"Indexed {len(NAMES)} recordings" in said
    assert not list(videos.glob("evil"))


@pytest.mark.parametrize(
    "arguments",
    [
        ["recordings"],
        ["query", "blue", "--min-confidence", "0"],
        ["query", TYPED],
        ["query", "blue", "--session", TYPED],
        ["query", "blue", "--image", TYPED],
        ["query", "blue", "--recording", TYPED],
        ["query", b"--" + TYPED],
        ["show", UNDECODABLE],
        ["show", TYPED],
        ["mark", UNDECODABLE + b"@3", "--query", "blue \x1b[31m", "--right", "--session", TYPED],
        ["mark", UNDECODABLE + b"@3", "--query", TYPED, "--right"],
        ["mark", "--list"],
        ["transcript", EVIL],
        ["index", TYPED],
        ["sql", "SELECT path, device FROM recordings"],
        ["sql", b'SELECT 1 AS "' + TYPED + b'"'],
        ["sql", TYPED],
        ["remove", EVIL],
        ["stats"],
        [TYPED],
        ["--debug", "show", TYPED],
    ],
    ids=lambda arguments: str(arguments[0]),
)
def test_what_people_read_cannot_steer_their_terminal(here: Path, arguments: list[str | bytes]) -> None:
    ended = run(*arguments)
    assert steers(ended.said) == [], ended.said
    assert "egosearch itself failed" not in ended.said
    assert ended.said.strip()


def test_a_name_is_one_line_of_a_table(here: Path) -> None:
    lines = run("recordings", env=environment(COLUMNS="200")).stdout.decode().splitlines()
    assert len(lines) == 2 + len(NAMES)
    assert any("[red]]0;evil[bold].mp4" in line for line in lines)
    assert any("two lines reversed  x .mp4" in line for line in lines)


def test_programs_get_the_exact_names(here: Path) -> None:
    listed = json.loads(run("recordings", "--json").stdout)
    assert {os.fsencode(one["recording"]) for one in listed} == _paths(here)
    assert {one["device"] for one in listed} == {f"{DEVICE['make']} {DEVICE['model'].strip()}"}
    found = json.loads(run("query", "blue", "--min-confidence", "0", "--limit", "99", "--json").stdout)
    assert {os.fsencode(one["recording"]) for one in found["moments"]} == _paths(here)


def test_paths_that_end_with_a_zero_byte_are_told_apart(here: Path) -> None:
    ended = run("query", "blue", "--min-confidence", "0", "--limit", "99", "--paths", "--print0")
    assert set(ended.stdout.removesuffix(b"\0").split(b"\0")) == _paths(here)


def test_a_page_holds_names_as_text(here: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    ended = run("query", "blue", "--min-confidence", "0", "--limit", "99", "--html", page)
    assert ended.code == 0, ended.said
    text = page.read_text(encoding="utf-8")
    assert "<img src=x onerror" not in text
    assert "&lt;img src=x onerror=evil()&gt;" in text
    assert steers(text) == []


def test_sql_has_the_names_too(here: Path) -> None:
    text = run("sql", "--csv", "SELECT path FROM recordings").stdout.decode("utf-8", "surrogateescape")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert {os.fsencode(row[0]) for row in rows[1:]} == _paths(here)


def test_every_file_is_found_by_its_name(here: Path) -> None:
    with Library.open(here.parent / "library", read_only=True) as library:
        for name in NAMES:
            assert os.fsencode(library.find(os.fsdecode(name)).path.name) == name
    ended = run("show", "--json", "--", "--help.mp4")
    assert json.loads(ended.stdout)["recording"].endswith("/--help.mp4")


def test_failures_keep_their_names(here: Path) -> None:
    with Library.open(here.parent / "library", read_only=True) as library:
        assert [os.fsencode(one.path.name) for one in library.failures()] == [BROKEN]


def test_the_browser_writes_no_name_that_steers(here: Path) -> None:
    from tests.security.terminal import in_terminal

    with in_terminal([*EGOSEARCH, "tui"], environment()) as terminal:
        terminal.wait_for(f"{len(NAMES)} recordings".encode())
        terminal.type(b"blue")
        terminal.wait_for(b"near miss")
        terminal.type(b"\r")
        terminal.wait_for(b"]0;evil[bold].mp4")
        terminal.type(b"l")
        terminal.wait_for(b"undecodable.mp4")
        terminal.type(b"\x11")  # Ctrl+Q
        assert terminal.wait() == 0
    written = terminal.written
    assert b"\x1b]0;evil" not in written
    assert b"evil\x07" not in written
    text = written.decode()  # all of it is UTF-8
    assert not [char for char in text if "\x80" <= char <= "\x9f" or char in "\u202e\u2069\u2028\u2029"]


def test_a_library_has_a_name_that_is_text(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/\xff library"
    ended = run("index", __file__, "--library", folder)
    assert (ended.code, ended.stdout) == (4, b"")
    assert "because it is not UTF-8; name another folder" in ended.said
    assert not os.path.exists(folder)  # noqa: PTH110 - its name is bytes


def test_what_is_typed_but_no_text_is_refused_in_a_sentence(here: Path) -> None:
    ended: Ended = run("query", b"a \xff beep")
    assert (ended.code, ended.stdout) == (2, b"")
    assert ended.stderr == b"error: the query holds bytes that are no text; type it again, in UTF-8\n"
