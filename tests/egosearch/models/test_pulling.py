"""Pulling a model from a hub that behaves, and from one that does not."""

import errno
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from egosearch.models import pulling, shelf
from egosearch.models.hub import look_up
from egosearch.models.pulling import order, pull
from egosearch.models.types import PullProgress
from indexers.errors import EncoderError
from tests.egosearch.models.conftest import CHECKPOINT
from tests.egosearch.models.fake_hub import COMMIT, FakeHub

NAME = "laion-clap:630k-best"
SNAPSHOT = f"hub/models--roberta-base/snapshots/{COMMIT}"


def files_below(folder: Path) -> set[str]:
    """Return what is there but for what is only on its way."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix() for path in paths if pulling.INCOMING not in path.parts}


def test_an_order_says_what_is_coming(hub: FakeHub, folder: Path) -> None:
    ordered = order(f"{NAME}?window_s=5")
    assert (ordered.name, ordered.licence) == (NAME, "cc0-1.0")
    assert ordered.source == f"lukewys/laion_clap@{COMMIT[:12]}"
    assert ordered.files[0].target == folder / "laion-clap" / "630k-best.pt"
    assert ordered.files[0].remote.size_bytes == len(CHECKPOINT)
    assert ordered.missing == ordered.files
    assert hub.content_asked == [], "nothing is fetched by asking"


def test_a_pull_puts_everything_where_encoders_look(hub: FakeHub, folder: Path) -> None:
    pull(order(NAME))
    assert (folder / "laion-clap" / "630k-best.pt").read_bytes() == CHECKPOINT
    assert (folder / "hub/models--roberta-base/refs/main").read_text() == COMMIT
    wanted = {"config.json", "vocab.json", "merges.txt", "tokenizer.json"}
    assert {path.name for path in (folder / SNAPSHOT).iterdir()} == wanted, "and no weights, which are not needed"
    (model,) = shelf.models()
    assert (model.name, model.path, model.licence) == (NAME, folder / "laion-clap" / "630k-best.pt", "cc0-1.0")
    assert model.size_bytes == sum(file.remote.size_bytes for file in order(NAME).files)


def test_what_is_here_is_not_fetched_again(hub: FakeHub, folder: Path) -> None:
    pull(order(NAME))
    asked = len(hub.content_asked)
    assert order(NAME).missing == ()
    pull(order(NAME))
    assert len(hub.content_asked) == asked


def test_progress_goes_up_to_the_whole(hub: FakeHub, folder: Path) -> None:
    steps: list[PullProgress] = []
    pull(order(NAME), on_progress=steps.append)
    done = [step.bytes_done for step in steps]
    assert done == sorted(done)
    assert steps[-1].bytes_done == steps[-1].bytes_total == sum(file.remote.size_bytes for file in order(NAME).files)
    assert len([step for step in steps if step.file == "630k-best.pt"]) > 3


def test_a_cut_line_is_taken_up_where_it_was_cut(hub: FakeHub, folder: Path) -> None:
    hub.cut_after = [300_000, 1, 200_000]
    pull(order(NAME))
    assert (folder / "laion-clap" / "630k-best.pt").read_bytes() == CHECKPOINT
    ranges = [part for path, part in hub.content_asked if path.endswith(".pt")]
    assert ranges == [None, "bytes=300000-", "bytes=300001-", "bytes=500001-"]


def test_a_server_without_ranges_sends_everything_again(hub: FakeHub, folder: Path) -> None:
    hub.knows_ranges = False
    hub.cut_after = [300_000]
    pull(order(NAME))
    assert (folder / "laion-clap" / "630k-best.pt").read_bytes() == CHECKPOINT


def test_the_next_run_goes_on_where_this_one_gave_up(hub: FakeHub, folder: Path) -> None:
    hub.cut_after = [400_000, 0, 0, 0, 0]
    with pytest.raises(EncoderError, match="cut again and again"):
        pull(order(NAME))
    assert files_below(folder) == set(), "nothing looks whole"
    hub.asked.clear()
    hub.cut_after = []
    steps: list[PullProgress] = []
    pull(order(NAME), on_progress=steps.append)
    assert hub.content_asked[0][1] == "bytes=400000-"
    assert steps[0].bytes_done == 400_000
    assert (folder / "laion-clap" / "630k-best.pt").read_bytes() == CHECKPOINT


def test_a_busy_server_is_asked_again(hub: FakeHub, folder: Path) -> None:
    hub.refusals = [503, 429]
    pull(order(NAME))
    assert shelf.find(NAME) is not None


def test_what_a_checkpoint_of_ones_own_needs(hub: FakeHub, folder: Path) -> None:
    pull(order("laion-clap:roberta-base"))
    assert (folder / SNAPSHOT / "config.json").is_file()
    assert not (folder / "laion-clap").exists()


@pytest.mark.parametrize("name", ["630k-best.pt", "vocab.json"])
def test_damaged_content_is_thrown_away(hub: FakeHub, folder: Path, name: str) -> None:
    hub.sent_wrong = {name}
    with pytest.raises(EncoderError, match=f"{name} of .* came damaged .* pull it again"):
        pull(order(NAME))
    assert files_below(folder) == set()
    hub.sent_wrong = set()
    pull(order(NAME))
    assert shelf.find(NAME) is not None


def test_stopped_in_the_middle_nothing_looks_whole(hub: FakeHub, folder: Path) -> None:
    def stop(step: PullProgress) -> None:
        if step.bytes_done > len(CHECKPOINT):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull(order(NAME), on_progress=stop)
    assert files_below(folder) == set()
    assert shelf.models() == []
    hub.asked.clear()
    pull(order(NAME))
    assert not [path for path, _ in hub.content_asked if path.endswith(".pt")], "what was whole is not fetched again"


def test_a_full_disk_is_noticed_before(hub: FakeHub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1_000_000))
    with pytest.raises(EncoderError, match=r"1 MB are to be fetched to .*, and 1 MB are free; free some, or set"):
        pull(order(NAME))
    assert hub.content_asked == []


@pytest.mark.parametrize(
    ("number", "said"), [(errno.ENOSPC, "disk of .* is full; free some"), (errno.EACCES, "set EGOSEARCH_MODELS")]
)
def test_a_disk_that_fills_up_on_the_way(
    hub: FakeHub, folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    real_open: Callable[..., Any] = Path.open

    def refuse(path: Path, mode: str = "r", **more: Any) -> Any:
        if mode in ("ab", "wb"):
            raise OSError(number, "no")
        return real_open(path, mode, **more)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(EncoderError, match=said):
        pull(order(NAME))
    assert len(hub.content_asked) == 1, "asking again does not help"


def test_two_at_once_do_not_write_into_one_file(hub: FakeHub, folder: Path) -> None:
    def start_another(_: PullProgress) -> None:
        pull(order(NAME))

    with pytest.raises(EncoderError, match="another process is pulling"):
        pull(order(NAME), on_progress=start_another)


def test_what_the_hub_does_not_have(hub: FakeHub, folder: Path) -> None:
    del hub.repositories["roberta-base"]
    with pytest.raises(EncoderError, match="has no model roberta-base; `egosearch models list`"):
        order(NAME)
    hub.repositories["roberta-base"] = {"config.json": b"{}"}
    with pytest.raises(EncoderError, match=r"repository roberta-base has no vocab\.json"):
        order(NAME)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("laion-clap:630k-bset", "did you mean 630k-best"),
        ("laion-clap:" + "x" * 30, "there are 630k-audioset-best"),
        ("laion-clap:/home/me/mine.pt", "pull laion-clap:roberta-base"),
        ("laion-clap", "is a family of models; name one"),
        ("concepts", "nothing to fetch for 'concepts'"),
        ("exported:x", "nothing to fetch for 'exported:x'"),
    ],
)
def test_names_that_nothing_is_published_under(hub: FakeHub, name: str, said: str) -> None:
    with pytest.raises(EncoderError, match=said):
        order(name)
    assert hub.asked == []


def test_no_network(hub: FakeHub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(EncoderError, match=r"127.0.0.1:9 cannot be reached .* go online .* copy its models' folder"):
        order(NAME)


def test_offline_is_offline(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(EncoderError, match="HF_HUB_OFFLINE is set"):
        order(NAME)
    assert hub.asked == []


@pytest.mark.parametrize("address", ["file:///etc", "hub.example"])
def test_addresses_that_are_none(hub: FakeHub, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("HF_ENDPOINT", address)
    with pytest.raises(EncoderError, match="which is no web address"):
        order(NAME)


def test_what_is_not_for_everybody(hub: FakeHub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.refusals = [403]
    with pytest.raises(EncoderError, match="accept its terms there with an account, and set HF_TOKEN"):
        pull(order(NAME))
    monkeypatch.setenv("HF_TOKEN", "key")
    pull(order(NAME))
    assert hub.keys[-1] == "Bearer key"


@pytest.mark.parametrize("name", ["../../outside", "/etc/passwd", "a/../../b", "a\\b"])
def test_a_hub_cannot_write_elsewhere(hub: FakeHub, name: str) -> None:
    hub.repositories["roberta-base"][name] = b"x"
    with pytest.raises(EncoderError, match="does not answer as a hub"):
        look_up("roberta-base")


def test_a_server_that_is_no_hub(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeHub, "described", lambda *_: ["not", "a", "hub"])
    with pytest.raises(EncoderError, match="does not answer as a hub of models does"):
        order(NAME)
