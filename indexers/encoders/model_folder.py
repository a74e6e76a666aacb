"""Where models that were fetched or exported lie on this machine. Fetching them is `egosearch models pull`, not here.

In it: `hub` holds what came from the Hugging Face hub, laid out as its own cache is; `laion-clap` and `whisper` hold
files and folders named as their models are; `exported` holds exported ones, and `digests.json` is of
`indexers.encoders.digests`.
"""

import os
from pathlib import Path

VARIABLE = "EGOSEARCH_MODELS"


def models_folder() -> Path:
    """Return the folder of `EGOSEARCH_MODELS`, or `models` among the user's data. It need not exist."""
    from platformdirs import user_data_path

    chosen = os.environ.get(VARIABLE)
    return Path(chosen).expanduser() if chosen else user_data_path("egosearch") / "models"


def hub_folder() -> Path:
    """Return the folder that is passed to the hub's clients as `cache_dir`, by those who fetch and those who load."""
    return models_folder() / "hub"
