"""Opens the networks that ship with the package, the same way for every encoder."""

import hashlib
import platform
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

    onnxruntime.disable_telemetry_events()  # which its builds for Windows send
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Space is planned for each shape of input otherwise, and kept: 40 MB more in a worker, and no faster.
    options.enable_mem_pattern = False
    if bytes_may_overflow():
        options.add_session_config_entry("session.x64quantprecision", "1")
    try:
        return onnxruntime.InferenceSession(str(WEIGHTS / name), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime raises classes of its own without a common root
        raise EncoderError(f"the network {name} cannot be loaded ({error}); reinstall egosearch") from error


@cache
def bytes_may_overflow() -> bool:
    """Whether products of bytes are added up in 16 bits here, as x86 did before VNNI: ONNX Runtime does not look.

    Told so, it takes other instructions: the same answers everywhere, for networks of bytes at the pace of float ones.
    """
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return False
    try:
        return "vnni" not in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:  # not Linux
        return True


@cache
def weights_digest(*names: str) -> str:
    """Return 12 hexadecimal digits that change when one of these files of `weights/` does.

    Read from `SHA256SUMS`, which the build writes and a test checks: hashing 20 MB at every start would cost 30 ms.
    """
    lines = (WEIGHTS / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums = {line.split()[1]: line.split()[0] for line in lines if not line.startswith("#")}
    return hashlib.blake2b("".join(sums[name] for name in names).encode(), digest_size=6).hexdigest()
