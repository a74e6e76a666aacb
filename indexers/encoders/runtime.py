"""Opens the networks that ship with the package, the same way for every encoder."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from indexers.errors import EncoderError

WEIGHTS = Path(__file__).parent / "weights"


def open_session(name: str) -> Any:
    """Open a network of `weights/` with ONNX Runtime on one thread: workers are processes, one a core.

    Raises:
        EncoderError: The file is missing or damaged.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(WEIGHTS / name), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime raises classes of its own without a common root
        raise EncoderError(f"the network {name} cannot be loaded ({error}); reinstall egosearch") from error


@cache
def weights_digest(*names: str) -> str:
    """Return 12 hexadecimal digits that change when one of these files of `weights/` does.

    Read from `SHA256SUMS`, which the build writes and a test checks: hashing 20 MB at every start would cost 30 ms.
    """
    lines = (WEIGHTS / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums = {line.split()[1]: line.split()[0] for line in lines if not line.startswith("#")}
    return hashlib.blake2b("".join(sums[name] for name in names).encode(), digest_size=6).hexdigest()
