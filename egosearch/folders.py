"""Which folder or file is meant: imports next to nothing, since whoever asks an owner needs only this of a library."""

import os
from pathlib import Path

LIBRARY_VARIABLE = "EGOSEARCH_LIBRARY"


def default_folder() -> Path:
    """Return the library that is meant where none is named: `EGOSEARCH_LIBRARY`, else one in the user's data folder."""
    named = os.environ.get(LIBRARY_VARIABLE)
    if named:
        return Path(named).expanduser()
    from platformdirs import user_data_path

    return user_data_path("egosearch", appauthor=False)


def absolute(path: Path | str) -> Path:
    """Return a path from the root, without `..`; links stay, since a person looks for the name that they gave.

    Raises:
        RuntimeError: It is in the home of somebody who has none.
    """
    return Path(os.path.abspath(Path(path).expanduser()))  # noqa: PTH100 - resolve() follows links
