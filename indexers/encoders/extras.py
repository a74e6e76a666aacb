"""Packages that only some installs have, and how they are kept from fetching and talking while an encoder loads."""

import importlib
import io
import logging
import os
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from types import ModuleType
from typing import Any

from indexers.errors import EncoderError

_VARIABLES = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
_SWITCHES = (
    ("huggingface_hub.constants", "HF_HUB_OFFLINE"),
    ("transformers.utils.hub", "_is_offline_mode"),  # before transformers 5, which asks huggingface_hub
)
"""Both packages read the environment when they are imported: the variables come too late for one that is."""

_switching = threading.RLock()
"""Held while a switch of the process is thrown: two threads that took turns would leave it thrown for good."""


def require(module: str, extra: str, encoder: str) -> ModuleType:
    """Import a package of an extra.

    Args:
        module: What to import: `open_clip`.
        extra: The extra that brings it: `clip`.
        encoder: Who needs it, by name: `open-clip`.

    Raises:
        EncoderError: It is not installed, or it is and cannot be imported.
    """
    remedy = f"install it: pip install 'egosearch[{extra}]'"
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        missing = error.name or module
        raise EncoderError(f"the encoder {encoder} needs the package {missing}; {remedy}") from error
    except Exception as error:  # a broken build raises what it likes: OSError, RuntimeError, AttributeError
        why = f"cannot be imported ({_first_line(error)})"
        raise EncoderError(f"the encoder {encoder} needs the package {module}, which {why}; re{remedy}") from error


@contextmanager
def offline() -> Iterator[None]:
    """Keep huggingface_hub and transformers from the network while this is entered; what is cached can be read.

    It holds for packages imported before or inside. Afterwards they are as the environment wants them, so that
    `egosearch models pull` can fetch in the same process. The switch is of the process, not of the thread.
    """
    with _switching:
        before = {name: os.environ.get(name) for name in _VARIABLES}
        wanted = any((value or "").upper() in ("1", "ON", "YES", "TRUE") for value in before.values())
        os.environ.update(dict.fromkeys(_VARIABLES, "1"))
        _switch(True)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
            _switch(wanted)


@contextmanager
def quietly() -> Iterator[None]:
    """Drop what packages print, warn and log while they load: stdout is data, and errors are raised.

    The handler matters: `logging.info`, called on the root as some packages do, would install one for the whole process
    where there is none. The switch is of the process, not of the thread.
    """
    with _switching:
        root, handler, before = logging.getLogger(), logging.NullHandler(), logging.root.manager.disable
        root.addHandler(handler)
        logging.disable(logging.CRITICAL)
        try:
            with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
                warnings.simplefilter("ignore")
                yield
        finally:
            logging.disable(before)
            root.removeHandler(handler)


def _switch(off: bool) -> None:
    for name, attribute in _SWITCHES:
        module = sys.modules.get(name)
        if module is not None and hasattr(module, attribute):
            setattr(module, attribute, off)
    http: Any = sys.modules.get("huggingface_hub.utils")
    if http is not None and hasattr(http, "reset_sessions"):  # before version 1 a session remembers the switch
        http.reset_sessions()


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
