import logging
import os
import subprocess
import sys
import warnings
from pathlib import Path
from types import ModuleType

import pytest

from indexers.encoders.extras import offline, quietly, require
from indexers.errors import EncoderError

VARIABLES = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")


def test_a_package_that_is_there_is_returned() -> None:
    assert require("json", "clip", "open-clip") is sys.modules["json"]


def test_a_missing_package_is_named_with_its_extra() -> None:
    with pytest.raises(EncoderError) as raised:
        require("no_such_package", "clip", "open-clip")
    assert str(raised.value) == (
        "the encoder open-clip needs the package no_such_package; install it: pip install 'egosearch[clip]'"
    )


def test_a_package_that_lacks_another_one_says_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "half_installed.py").write_text("import no_such_package")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(EncoderError, match="needs the package no_such_package; install it"):
        require("half_installed", "clip", "open-clip")


def test_a_broken_package_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reason = "operator torchvision::nms does not exist"
    (tmp_path / "broken_build.py").write_text(f"raise RuntimeError('{reason}\\nand more')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(EncoderError) as raised:
        require("broken_build", "clip", "open-clip")
    assert str(raised.value) == (
        f"the encoder open-clip needs the package broken_build, which cannot be imported ({reason});"
        " reinstall it: pip install 'egosearch[clip]'"
    )


def test_offline_holds_for_what_was_imported_before(monkeypatch: pytest.MonkeyPatch) -> None:
    hub, transformers = ModuleType("huggingface_hub.constants"), ModuleType("transformers.utils.hub")
    hub.HF_HUB_OFFLINE = transformers._is_offline_mode = False  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, hub.__name__, hub)
    monkeypatch.setitem(sys.modules, transformers.__name__, transformers)
    with offline():
        assert [os.environ[name] for name in VARIABLES] == ["1", "1"]
        assert [hub.HF_HUB_OFFLINE, transformers._is_offline_mode] == [True, True]
    assert [os.environ.get(name) for name in VARIABLES] == [None, None]
    assert [hub.HF_HUB_OFFLINE, transformers._is_offline_mode] == [False, False]


def test_offline_leaves_an_offline_process_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = ModuleType("huggingface_hub.constants")
    hub.HF_HUB_OFFLINE = True  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, hub.__name__, hub)
    monkeypatch.setenv("HF_HUB_OFFLINE", "yes")
    with pytest.raises(KeyError), offline():
        raise KeyError
    assert hub.HF_HUB_OFFLINE is True
    assert os.environ["HF_HUB_OFFLINE"] == "yes"


def test_quietly_drops_what_a_package_says_and_leaves_no_trace(capfd: pytest.CaptureFixture[str]) -> None:
    before = list(logging.getLogger().handlers)
    with quietly():
        print("loading")
        warnings.warn("old", DeprecationWarning, stacklevel=1)
        logging.warning("initialised randomly")  # as packages do
        logging.getLogger("package").error("failed")
    assert capfd.readouterr() == ("", "")
    assert logging.getLogger().handlers == before
    assert logging.root.manager.disable == logging.NOTSET


def test_quietly_keeps_the_root_logger_without_a_handler() -> None:
    code = (
        "import logging; from indexers.encoders.extras import quietly\n"
        "with quietly(): logging.info('hello')\n"
        "print(logging.getLogger().handlers)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("[]\n", "")
