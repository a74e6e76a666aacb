"""The page: one file that says and shows it all, loads nothing, and takes nothing for markup."""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from egosearch.errors import MediaError, QueryError
from egosearch.library import Library
from egosearch.report import write_report
from egosearch.report.media import Budget, Shown
from egosearch.report.page import Drawn, Overview, page
from egosearch.types import Answer, Query
from indexers.facts import Modality, Span
from tests.egosearch.cli.fake_library import BEEP
from tests.egosearch.clips.made import made
from tests.indexers.test_clip import is_like, seen
from tests.media import BLUE

HOSTILE = "<script>alert(1)</script><img src=http://evil/ onerror='x'>\"&\x1b]0;evil\x07\u202e.mp4"
MADE_AT = datetime(2026, 11, 21, 20, 15, tzinfo=UTC)
VOID = {"meta", "img", "path", "rect"}


class Read(HTMLParser):
    """Every element with its attributes, and whether all that opens is closed again."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture
def filmed() -> Iterator[Library]:
    with Library.open(made() / "library", read_only=True) as library:
        yield library


def test_hostile_words_are_only_words() -> None:
    heard, spoken = BEEP.evidence
    spoken = replace(spoken, modality=Modality.SPEECH, words=(HOSTILE,))
    moment = replace(BEEP, path=Path("/videos") / HOSTILE.replace("/", "_"), evidence=(heard, spoken))
    answer = Answer(Query(HOSTILE, without=(HOSTILE,)), (moment,))
    drawn = Drawn(1, moment, Shown(problem=HOSTILE), "<svg></svg>")
    text = page(answer, [drawn], [Overview(HOSTILE, None, 90.0, "<svg></svg>")], MADE_AT)
    read = Read(text)
    assert {tag for tag, _ in read.elements}.isdisjoint({"script", "img", "iframe", "object", "link", "base", "form"})
    assert not any(name.startswith("on") for _, attributes in read.elements for name in attributes)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "".join(read.words).count("<script>alert(1)</script>") >= 4, "it is shown as what it is"


def test_undecodable_names_can_be_written() -> None:
    moment = replace(BEEP, path=Path("/videos/\udcff.mp4"))
    drawn = Drawn(1, moment, Shown(), "")
    assert page(Answer(Query("x"), (moment,)), [drawn], [], MADE_AT).encode()


def test_the_policy_allows_nothing_from_elsewhere_and_this_style_sheet_alone() -> None:
    text = page(Answer(Query("x"), (BEEP,)), [], [], MADE_AT)
    (policy,) = [one["content"] for one in Read(text).all("meta") if one.get("http-equiv")]
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert policy == (
        "default-src 'none'; img-src data:; media-src data:; "
        f"style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert "style=" not in text, "which the policy would not let through"
    assert "url(" not in style


def test_a_report_shows_pictures_clips_and_timelines(filmed: Library, tmp_path: Path) -> None:
    answer = filmed.answer(Query("blue", min_confidence=0, limit=3))
    told: list[tuple[float, float]] = []
    write_report(filmed, answer, tmp_path / "r.html", on_progress=lambda done, total: told.append((done, total)))
    text = (tmp_path / "r.html").read_text("utf-8")
    read = Read(text)
    addresses = [
        value
        for _, attributes in read.elements
        for name, value in attributes.items()
        if name in ("src", "poster", "href")
    ]
    assert addresses
    assert all(value and (value.startswith(("data:", "#moment-"))) for value in addresses)
    first = read.all("video")[0]
    (tmp_path / "clip.mp4").write_bytes(b64decode((first["src"] or "").partition(",")[2]))
    clip = seen(tmp_path / "clip.mp4")
    moment = answer.moments[0]
    assert moment.span.duration_s <= clip.end_s <= moment.span.duration_s + 3.1
    assert is_like(clip.colours[len(clip.colours) // 2], BLUE)
    assert (first["poster"] or "").startswith("data:image/jpeg;base64,")
    assert {f"moment-{rank}" for rank in range(1, len(answer.moments) + 1)} == {
        one["id"] for one in read.all("article")
    }
    of = {one.recording_id for one in answer.moments}
    assert len(read.all("section")) == len(of)
    assert text.count('class="area fused"') == len(answer.moments) + len(of)
    assert told[-1] == (len(answer.moments), len(answer.moments))


def test_sound_alone_can_be_played(filmed: Library, tmp_path: Path) -> None:
    answer = filmed.answer(Query("a low tone", min_confidence=0, limit=1, modalities=frozenset({Modality.AUDIO})))
    voice = filmed.find("voice.m4a")
    moment = replace(answer.moments[0], recording_id=voice.recording_id, path=voice.path, span=Span(2.0, 3.0))
    write_report(filmed, Answer(answer.query, (moment,)), tmp_path / "r.html")
    read = Read((tmp_path / "r.html").read_text("utf-8"))
    assert read.all("video") == []
    assert (read.all("audio")[0]["src"] or "").startswith("data:audio/mp4;base64,")


def test_a_page_has_bounds(filmed: Library) -> None:
    answer = filmed.answer(Query("blue", min_confidence=0, limit=1))
    recording = filmed.find("kitchen.mp4")
    with Budget(left_bytes=1000) as budget:
        shown = budget.show(filmed, answer.moments[0], recording)
    assert shown.clip == ""
    assert shown.poster
    assert "too large" in shown.problem
    assert budget.left_bytes == 1000


def test_of_a_long_moment_the_beginning_is_shown(filmed: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("egosearch.report.media.CLIP_S", 2.0)
    answer = filmed.answer(Query("blue", min_confidence=0, limit=1))
    long = replace(answer.moments[0], span=Span(1.5, 9.0))
    with Budget() as budget:
        shown = budget.show(filmed, long, filmed.find("kitchen.mp4"))
    assert shown.span == Span(0.0, 5.0)
    text = page(Answer(Query("x"), (long,)), [Drawn(1, long, shown, "")], [], MADE_AT)
    assert "The first 5.0 s of it." in text


def test_a_recording_that_is_gone_is_said(filmed: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object, **__: object) -> None:
        raise MediaError(Path("kitchen.mp4"), "there is no such file", "check the path")

    monkeypatch.setattr(filmed, "picture", gone)
    answer = filmed.answer(Query("blue", min_confidence=0, limit=1))
    with Budget() as budget:
        shown = budget.show(filmed, answer.moments[0], filmed.find("kitchen.mp4"))
    assert shown == Shown(problem="there is no such file; check the path")


def test_nothing_is_replaced_unasked_and_nothing_is_reported_of_nothing(filmed: Library, tmp_path: Path) -> None:
    answer = filmed.answer(Query("blue", min_confidence=0, limit=1))
    with pytest.raises(QueryError, match="nothing to report on"):
        write_report(filmed, Answer(answer.query, ()), tmp_path / "r.html")
    (tmp_path / "r.html").write_text("dear")
    with pytest.raises(QueryError, match="is there already"):
        write_report(filmed, answer, tmp_path / "r.html")
    assert (tmp_path / "r.html").read_text() == "dear"
    write_report(filmed, answer, tmp_path / "r.html", replace=True)
    assert (tmp_path / "r.html").read_text("utf-8").startswith("<!DOCTYPE html>")
