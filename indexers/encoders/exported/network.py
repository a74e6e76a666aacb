"""One tower of an exported model, run by ONNX Runtime."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from indexers.errors import EncoderError
from indexers.types import Floats


class Tower:
    """Turns one window or one text at a time into a vector.

    One at a time, since the networks are exported so: int8 scales what it computes with by the greatest number in a
    batch, and a window's vector must not depend on its neighbours. On one thread a batch would not be faster.
    """

    def __init__(self, path: Path) -> None:
        """Load the network.

        Raises:
            EncoderError: It is missing or damaged.
        """
        import onnxruntime

        onnxruntime.disable_telemetry_events()  # which its builds for Windows send
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # workers are processes, one a core
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session: Any = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime raises classes of its own without a common root
            raise EncoderError(f"the network {path} cannot be loaded ({error}); export the model again") from error

    def embed(self, inputs: Mapping[str, Any]) -> Floats:
        """Return shape (dim,), of length 1."""
        (rows,) = self._session.run(None, dict(inputs))
        row = rows[0].astype(np.float32, copy=False)
        normal: Floats = row / np.maximum(np.linalg.norm(row), np.finfo(np.float32).tiny)
        return normal
