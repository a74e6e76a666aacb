"""Loading the networks that a question needs while the library is being opened: both take a quarter of a second.

Most of either is spent outside the interpreter, so that on two cores the one costs no time beside the other. It pays
for a program that asks once and ends; where a library has an owner, that one's networks are loaded already.
"""

import threading
from contextlib import suppress
from pathlib import Path

from egosearch.owner.address import read_address

ANYTHING = "something"
"""What is encoded to have everything loaded that encoding a text needs."""


def begin(folder: Path) -> threading.Thread | None:
    """Begin to load the text networks of a library's encoders, in a thread of its own.

    Nobody has to wait for it: whoever encodes a text meanwhile finds what is loaded, and at worst loads the rest once
    more. What goes wrong is left to that one to find and to tell.

    Returns:
        The thread, or None where another process owns the library.
    """
    if read_address(folder) is not None:
        return None
    # Not a daemon: ending the interpreter beside a network that is being loaded may end in a crash.
    thread = threading.Thread(target=_load, args=(folder,), name="warming")
    thread.start()
    return thread


def _load(folder: Path) -> None:
    with suppress(Exception):
        from egosearch.config import LibraryPaths, read_config
        from egosearch.ownership import check_ownership
        from indexers.encoders import load_encoder

        check_ownership(folder)  # whose library it is says whether to believe which encoders it names
        for modality, name in read_config(LibraryPaths(folder).config).encoders.items():
            encoder = load_encoder(name, modality)
            encoder.encode_text([ANYTHING])
            encoder.affinity(ANYTHING)
