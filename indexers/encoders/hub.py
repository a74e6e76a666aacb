"""What of the Hugging Face hub is on this machine already, read from its cache's folders. Nothing here fetches.

The layout is the hub's own: `models--OWNER--NAME/refs/main` names the revision whose files lie in
`models--OWNER--NAME/snapshots/REVISION`. Read directly, since importing huggingface_hub takes longer than all of this.
"""

import os
from pathlib import Path

from indexers.encoders.model_folder import hub_folder


def hub_caches() -> tuple[Path, ...]:
    """Return the folders that may hold what was fetched: egosearch's own, then the one that other programs use."""
    environment = os.environ
    home = environment.get("HF_HOME") or str(Path(environment.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface")
    shared = environment.get("HF_HUB_CACHE") or str(Path(home) / "hub")
    return hub_folder(), Path(shared).expanduser()


def cached_snapshots(repository: str) -> tuple[Path, ...]:
    """Return the folders that hold the current revision of a repository, egosearch's own first; perhaps none."""
    found = []
    for cache in hub_caches():
        folder = cache / f"models--{repository.replace('/', '--')}"
        try:
            revision = (folder / "refs" / "main").read_text(encoding="utf-8").strip()
        except OSError:
            continue
        if (folder / "snapshots" / revision).is_dir():
            found.append(folder / "snapshots" / revision)
    return tuple(found)


def cached_file(repository: str, *names: str) -> Path | None:
    """Return the first of these files of a repository that is there whole, or None.

    A download that was cut off leaves no file under its name.
    """
    candidates = (snapshot / name for snapshot in cached_snapshots(repository) for name in names)
    return next((path for path in candidates if path.is_file()), None)
