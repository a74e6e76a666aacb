"""What the process that workers are forked from loads before the first: a worker is there in 10 ms instead of 400.

Imported there and nowhere else: it decides for the whole process that numbers are computed in one thread, and threads
would not survive the fork. No network is loaded here, for the same reason.
"""

import os
from contextlib import suppress
from importlib import import_module

from egosearch.indexing.worker import THREAD_VARIABLES

os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
for name in ("indexers.slices", "indexers.media.probe", "av", "onnxruntime"):
    with suppress(ImportError):  # the worker that needs it says so
        import_module(name)
