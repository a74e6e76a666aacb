"""A server that is busy, restarts or goes away: what is asked is asked again, for a while, and nothing is lost."""

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qdrant_client import models
from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from egosearch.catalog import Catalog
from egosearch.config import read_config, write_config
from egosearch.errors import LibraryError, StoreError
from egosearch.indexing.run import RunSettings
from egosearch.stores import Filter, ServerStore, WindowRows
from egosearch.stores.layout import ServerOptions
from egosearch.stores.patience import WRITING, Patience, patiently
from indexers.embeddings import DenseRows
from indexers.types import Modality
from tests.contracts.stored import COSINE, DENSE, DIM, SPARSE, assert_same_rows, embeddings, unit, windows
from tests.egosearch.runs import Bench
from tests.egosearch.servers import FakeClient
from tests.media import RecordingOptions, make_recording

AWAY = ResponseHandlingException(httpx.ConnectError("connection refused"))


def refused(code: int) -> UnexpectedResponse:
    return UnexpectedResponse(code, "No", b"no", httpx.Headers())


PASSING = (
    AWAY,
    ConnectionResetError("reset"),
    refused(503),
    refused(500),
    refused(429),
    ResourceExhaustedResponse("", 1),
)
LASTING = (refused(400), refused(401), refused(404), ValueError("ours"))
QUICK = Patience(4, first_s=0.001, longest_s=0.002)


def fail(times: int, error: Exception = AWAY, verb: str = "upsert") -> Callable[[str], None]:
    """Return what fails the first so many times that something is asked."""
    left = [times]

    def before(name: str) -> None:
        if name == verb and left[0] > 0:
            left[0] -= 1
            raise error

    return before


def store_on(client: FakeClient, **options: Any) -> ServerStore:
    fake: Any = client
    return ServerStore(fake, "test", url="http://one:6333", **{"asking": QUICK, "writing": QUICK, **options})


@pytest.mark.parametrize("error", PASSING, ids=str)
def test_what_passes_is_waited_for(error: Exception) -> None:
    answers, slept = [error, error, None], list[float]()

    def ask() -> str:
        if (problem := answers.pop(0)) is not None:
            raise problem
        return "done"

    assert patiently(ask, QUICK, sleep=slept.append) == "done"
    assert len(slept) == 2
    assert all(0 < each <= QUICK.longest_s for each in slept)


@pytest.mark.parametrize("error", LASTING, ids=str)
def test_what_does_not_pass_is_told_at_once(error: Exception) -> None:
    slept: list[float] = []

    def ask() -> None:
        raise error

    with pytest.raises(type(error)):
        patiently(ask, QUICK, sleep=slept.append)
    assert slept == []


def test_patience_ends() -> None:
    slept: list[float] = []

    def ask() -> None:
        raise AWAY

    with pytest.raises(ResponseHandlingException):
        patiently(ask, WRITING, sleep=slept.append)
    assert len(slept) == WRITING.attempts - 1
    assert 20 < sum(slept) < 50


@given(failures=st.integers(1, 40), longest_s=st.floats(1, 100))
def test_waits_double_up_to_the_longest(failures: int, longest_s: float) -> None:
    patience = Patience(99, first_s=0.5, longest_s=longest_s)
    ceiling_s = min(longest_s, 0.5 * 2.0 ** (failures - 1))
    assert ceiling_s / 2 <= patience.wait_s(failures) <= ceiling_s


@pytest.mark.parametrize("verb", ["upsert", "create_collection", "collection_exists", "scroll", "count", "delete"])
def test_every_verb_is_patient(verb: str) -> None:
    client = FakeClient()
    client.before = fail(3, verb=verb)
    with store_on(client) as store:
        rows = windows(DENSE, "a", [unit(0), unit(1)])
        store.upsert(DENSE, rows)
        assert_same_rows(store.scan(DENSE, "a"), rows)
        assert store.count(DENSE, where=Filter()) == 2
        store.remove("a")
        assert store.count(DENSE, where=Filter()) == 0


def test_a_server_that_stays_away_is_one_sentence() -> None:
    client = FakeClient()
    client.before = fail(99)
    with (
        store_on(client) as store,
        pytest.raises(
            StoreError,
            match=r"^the Qdrant server at http://one:6333 did not do what was asked \(connection refused\); check that"
            r" it runs and has room, then try again: what was finished is kept$",
        ),
    ):
        store.upsert(DENSE, windows(DENSE, "a", [unit(0)]))
    assert [name for name, _ in client.asked].count("upsert") == QUICK.attempts


def test_a_collection_whose_making_was_not_heard_of_is_not_made_twice() -> None:
    client = FakeClient()
    made = client._client.create_collection

    def create(*given: Any, **named: Any) -> None:
        made(*given, **named)
        raise AWAY

    client._client.create_collection = create  # type: ignore[method-assign, assignment]
    with store_on(client) as store:
        store.upsert(DENSE, windows(DENSE, "a", [unit(0)]))
        assert store.count(DENSE, where=Filter()) == 1
    assert [name for name, _ in client.asked].count("create_collection") == 1


def test_batches_are_written_in_parallel_and_all_arrive() -> None:
    client = FakeClient()
    lost = fail(5)

    def before(name: str) -> None:
        lost(name)
        if name == "upsert":
            time.sleep(0.02)

    client.before = before
    values = np.random.default_rng(1).integers(-8, 9, (3000, DIM)) / 64
    rows = WindowRows("a", np.arange(3000), DenseRows(values.astype(np.float32)))
    with store_on(client, writing=Patience(9, 0.001, 0.002)) as store:
        store.upsert(DENSE, rows)
        assert_same_rows(store.scan(DENSE, "a"), rows)
    assert 1 < client.most_at_once <= 4


@pytest.mark.parametrize("failing", [1, 2, 3])
def test_a_slice_that_was_not_written_is_indexed_by_the_next_run(tmp_path: Path, failing: int) -> None:
    """The server goes away for good at some write, and comes back for the next run."""
    path = make_recording(tmp_path / "a.mp4", RecordingOptions(seconds=8))
    settings = RunSettings(slice_s=2)
    client = FakeClient()
    written = [0]

    def before(name: str) -> None:
        if name == "upsert":
            written[0] += 1
            if written[0] > failing:
                raise AWAY

    client.before = before
    with Catalog.open(tmp_path / "catalog.duckdb") as catalog, store_on(client) as store:
        bench: Any = Bench(catalog, store)  # type: ignore[arg-type]
        with pytest.raises(StoreError, match="what was finished is kept"):
            bench.run(path, settings=settings)
        visible = sum(
            len(catalog.windows(space.id, known.recording.recording_id).index)
            for space in catalog.spaces()
            for known in catalog.recordings()
        )
        assert visible <= bench.vectors()  # nothing is seen that was not written
        client.before = lambda _: None
        report = bench.run(path, settings=settings)
        assert (report.indexed, report.failed) == (1, ())
        assert report.seconds == pytest.approx(8 - 2 * (failing // 2), abs=0.1)
        assert bench.windows(Modality.VISUAL, path) == list(range(8))
        assert bench.windows(Modality.AUDIO, path) == list(range(15))


def test_a_cluster_is_asked_for_what_the_owner_wants() -> None:
    client = FakeClient()
    options = ServerOptions(shards=6, replicas=3, quantisation="int8")
    with store_on(client, options=options) as store:
        for space in (COSINE, SPARSE):
            store.upsert(space, windows(space, "a", [unit(0)]))
            store.search(space, embeddings(space, [unit(0)]), where=Filter(), limit=1)
    made = [named for name, named in client.asked if name == "create_collection"]
    assert [(each["shard_number"], each["replication_factor"], each["write_consistency_factor"]) for each in made] == [
        (6, 3, 2)
    ] * 2
    assert isinstance(made[0]["quantization_config"], models.ScalarQuantization)
    assert made[1]["quantization_config"] is None
    assert [name for name, _ in client.asked].count("create_payload_index") == 2


def test_the_owners_wishes_are_kept_in_the_settings(tmp_path: Path) -> None:
    path = tmp_path / "egosearch.toml"
    text = 'format = 1\nid = "0123"\nqdrant_url = "http://one:6333"\nold_copies = ["local"]\n\n[qdrant]\n'
    path.write_text(text + 'shards = 6\nquantisation = "binary"\n', encoding="utf-8")
    config = read_config(path)
    assert (config.server, config.old_copies) == (ServerOptions(shards=6, quantisation="binary"), ("local",))
    write_config(path, config)
    assert read_config(path) == config


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("shards = 0", "shards = 0; it is a whole number from 1"),
        ("replicas = 1.5", "replicas = 1.5; it is a whole number from 1"),
        ('quantisation = "int4"', "quantisation = 'int4'; it is one of none, int8, binary"),
        ("nodes = 3", "has nodes below .qdrant.; what may stand there is quantisation, replicas, shards"),
    ],
)
def test_a_wish_that_cannot_be(tmp_path: Path, line: str, problem: str) -> None:
    path = tmp_path / "egosearch.toml"
    path.write_text(f'format = 1\nid = "0123"\n[qdrant]\n{line}\n', encoding="utf-8")
    with pytest.raises(LibraryError, match=problem) as caught:
        read_config(path)
    assert "\n" not in str(caught.value)


class BusyTwice(BaseHTTPRequestHandler):
    """Answers that there are no collections, but for the second and third time it is asked."""

    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        body = b'{"result": {"collections": []}, "status": "ok", "time": 0}'
        self.send_response(503 if type(self).asked in (2, 3) else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_over_a_real_connection() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), BusyTwice) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with ServerStore.connect(f"http://127.0.0.1:{server.server_port}") as store:
            assert store.spaces() == []
            assert BusyTwice.asked == 4
            server.shutdown()
            server.server_close()
            with pytest.raises(StoreError, match=r"at http://127\.0\.0\.1:\d+ did not do .* \(.*refused\); check"):
                store.spaces()
