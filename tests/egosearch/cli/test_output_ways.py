"""Ways to print an answer: templates, zero bytes, a page, and colours where they can be seen."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from egosearch.cli.templates import FIELDS, check_template
from tests.egosearch.cli.conftest import Run
from tests.egosearch.cli.fake_library import BEEP, FakeLibrary
from tests.egosearch.clips.made import made


def test_a_line_a_moment(run: Run, fake: FakeLibrary) -> None:
    outcome = run("query", "timer", "--format", r"{rank}\t{path}\t{start_s:.1f}\t{end}\t{confidence:.0%}\t{why}")
    assert outcome.stdout == (
        "1\t/videos/kitchen.mp4\t12.5\t0:14\t93%\theard: Alarm clock, Beep · 1.2 s later seen: oven\n"
    )


def test_every_field_is_known(run: Run, fake: FakeLibrary) -> None:
    outcome = run("query", "timer", "--format", "|".join(f"{{{one}}}" for one in FIELDS))
    assert outcome.stdout.strip().split("|") == [
        "1",
        "/videos/kitchen.mp4",
        "kitchen.mp4",
        BEEP.recording_id,
        "12.5",
        "14.4",
        "1.9",
        "0:12",
        "0:14",
        "2026-11-21T08:15:14+00:00",
        "0.93",
        "7.1",
        "heard: Alarm clock, Beep · 1.2 s later seen: oven",
        "timer",
    ]


@pytest.mark.parametrize("template", ["{path.parent}", "{0}", "{}", "{nothing}", "{path", "{start_s:q}", "{why[0]}"])
def test_a_wrong_template_is_refused_before_anything_is_searched(run: Run, fake: FakeLibrary, template: str) -> None:
    outcome = run("query", "timer", "--format", template)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert "--format" in outcome.stderr
    assert fake.asked == []


def test_backslashes_are_read_once() -> None:
    check_template(r"a\\n{path}\x")


def test_what_is_found_can_be_cut_out_through_a_pipe(run: Run, tmp_path: Path) -> None:
    library = ("--library", made() / "library")
    found = run("query", "blue", "--min-confidence", "0", "-f", "{path}@{start_s}-{end_s}", *library)
    spans = found.stdout.splitlines()
    assert run("clip", *spans, "--reel", "-o", tmp_path / "reel.mp4", *library).stdout == f"{tmp_path / 'reel.mp4'}\n"


def test_zero_bytes_between_paths(run: Run, fake: FakeLibrary) -> None:
    assert run("query", "timer", "--paths", "-0").stdout == "/videos/kitchen.mp4\0"
    assert run("query", "timer", "--format", "{start_s}", "--print0").stdout == "12.5\0"
    assert run("query", "timer", "--print0").code == 2


def test_names_that_are_no_text_arrive_as_they_are(
    run: Run, fake: FakeLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = replace(BEEP, path=Path("/videos/\udcff\n.mp4"))
    monkeypatch.setattr("tests.egosearch.cli.fake_library.BEEP", odd)
    written: list[bytes] = []
    monkeypatch.setattr("egosearch.cli.output._write_bytes", written.append)
    assert run("query", "timer", "--format", "{path}", "-0").code == 0
    assert written == [b"/videos/\xff\n.mp4\0"]


@pytest.mark.parametrize("ways", [["--json", "--paths"], ["--format", "{path}", "--jsonl"], ["--html", "x", "--json"]])
def test_one_way_at_a_time(run: Run, fake: FakeLibrary, ways: list[str]) -> None:
    outcome = run("query", "timer", *ways)
    assert outcome.code == 2
    assert "choose one of them" in outcome.stderr


def test_a_batch_is_lines_of_json_only(run: Run, fake: FakeLibrary) -> None:
    assert run("query", "--batch", "-", "--html", "x.html", typed="timer\n").code == 2
    assert run("query", "--batch", "-", "--jsonl", typed="timer\n").code == 0


def test_a_page(run: Run, tmp_path: Path) -> None:
    library = ("--library", made() / "library")
    page = tmp_path / "r.html"
    outcome = run("query", "blue", "--min-confidence", "0", "--limit", "1", "--html", page, *library)
    assert (outcome.code, outcome.stdout, outcome.stderr) == (0, f"{page}\n", "")
    assert "<video" in page.read_text("utf-8")
    again = run("query", "blue", "--html", page, *library)
    assert again.code == 2
    assert "is there already" in again.stderr
    nothing = run("query", "blue", "--min-confidence", "1", "--html", tmp_path / "no.html", *library)
    assert nothing.code == 1
    assert not (tmp_path / "no.html").exists()


ESCAPES = re.compile(r"\x1b\[([\d;]*)m")


def test_a_pipe_gets_no_colours(run: Run, fake: FakeLibrary) -> None:
    assert "\x1b" not in run("query", "timer").stdout


def test_a_terminal_gets_colours_unless_they_are_not_wanted(
    run: Run, fake: FakeLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = run("query", "timer").stdout
    assert {"32", "36"} <= set(ESCAPES.findall(coloured))
    monkeypatch.setenv("NO_COLOR", "1")
    plain = run("query", "timer").stdout
    assert set(ESCAPES.findall(plain)) <= {"0", "1", "22", ""}, "bold is no colour"
    assert ESCAPES.sub("", plain) == ESCAPES.sub("", coloured), "and no meaning hangs on it"
