import pytest

from indexers.encoders.torch_device import choose_device, dtype_for
from indexers.errors import EncoderError

torch = pytest.importorskip("torch")


@pytest.fixture
def has(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretend that there are no accelerators, whatever this machine has."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


def give_cuda(patch: pytest.MonkeyPatch, count: int) -> None:
    patch.setattr(torch.cuda, "is_available", lambda: True)
    patch.setattr(torch.cuda, "device_count", lambda: count)


@pytest.mark.usefixtures("has")
def test_the_fastest_there_is_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose_device() == "cpu"
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert choose_device() == "mps"
    give_cuda(monkeypatch, 1)
    assert choose_device() == "cuda"
    assert choose_device("auto") == "cuda"
    assert choose_device("cpu") == "cpu"


@pytest.mark.usefixtures("has")
def test_the_environment_decides_where_nobody_else_does(monkeypatch: pytest.MonkeyPatch) -> None:
    give_cuda(monkeypatch, 2)
    monkeypatch.setenv("EGOSEARCH_DEVICE", "CUDA:1 ")
    assert choose_device() == "cuda:1"
    assert choose_device("cpu") == "cpu"
    monkeypatch.setenv("EGOSEARCH_DEVICE", "")
    assert choose_device() == "cuda"


@pytest.mark.usefixtures("has")
@pytest.mark.parametrize("wanted", ["cuda", "mps", "cuda:1"])
def test_a_device_that_is_not_there_is_said_so(wanted: str) -> None:
    with pytest.raises(EncoderError) as raised:
        choose_device(wanted)
    assert str(raised.value) == (
        f"torch finds no {wanted} on this machine; unset EGOSEARCH_DEVICE, or set it to auto or cpu"
    )


def test_a_second_gpu_that_is_not_there_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    give_cuda(monkeypatch, 1)
    with pytest.raises(EncoderError, match="torch finds no cuda:1"):
        choose_device("cuda:1")


@pytest.mark.parametrize("wanted", ["gpu", "tpu", "cpu:1", "cuda:x", "cuda:-1"])
def test_what_is_no_device_is_said_so(wanted: str) -> None:
    with pytest.raises(EncoderError, match=f"there is no device '{wanted}'; set EGOSEARCH_DEVICE to auto, cuda, mps"):
        choose_device(wanted)


def test_gpus_compute_in_half_precision() -> None:
    assert dtype_for("cpu") == torch.float32
    assert {dtype_for(device) for device in ("cuda", "cuda:1", "mps")} == {torch.float16}
