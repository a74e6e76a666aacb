import subprocess
import sys

import pytest

from egosearch.errors import StoreError
from egosearch.stores import ServerStore


def test_a_server_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(
        StoreError, match=r"no Qdrant server answers at http://127\.0\.0\.1:1 .*check the URL"
    ) as caught:
        ServerStore.connect("http://127.0.0.1:1")
    assert "\n" not in str(caught.value)


def test_two_prefixes_share_a_server_without_meeting() -> None:
    from qdrant_client import QdrantClient, models

    client = QdrantClient(":memory:")
    client.create_collection(
        "mine-0123", vectors_config={"v": models.VectorParams(size=2, distance=models.Distance.DOT)}
    )
    with ServerStore(client, "yours") as store:
        assert store.spaces() == []
        assert ServerStore(client, "mine").spaces() == ["0123"]


def test_importing_the_stores_imports_no_engine() -> None:
    engines = {"qdrant_client", "qdrant_edge", "duckdb"}
    code = f"import sys, egosearch.stores, egosearch.catalog; print({engines} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
