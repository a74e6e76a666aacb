"""Starting the command line loads nothing heavy, and the names it repeats are the library's."""

import json
import subprocess
import sys
import time
from typing import get_args

from egosearch import types
from egosearch.cli.options import FusionChoice

HEAVY = {
    "av",
    "dateparser",
    "duckdb",
    "huggingface_hub",
    "numpy",
    "onnxruntime",
    "open_clip",
    "PIL",
    "qdrant_client",
    "qdrant_edge",
    "rich",
    "textual",
    "tokenizers",
    "torch",
    "transformers",
    "tui",
}
LOADED = "import sys, json, egosearch.cli; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
MOST_S = 1.5
"""Five times the budget of 0.3 s: the machine that runs the tests is not idle."""


def test_importing_the_command_line_loads_nothing_heavy() -> None:
    found = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert HEAVY & set(json.loads(found.stdout)) == set()


def test_help_comes_at_once() -> None:
    command = [sys.executable, "-c", "from egosearch.cli import main; main()", "--help"]
    durations_s = []
    for _ in range(3):
        started = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True)
        durations_s.append(time.perf_counter() - started)
    assert min(durations_s) < MOST_S


def test_the_names_that_are_repeated_to_save_an_import() -> None:
    assert tuple(str(one) for one in FusionChoice) == get_args(types.Fusion)
