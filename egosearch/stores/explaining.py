"""What the embedded engine and the disk raise, as one sentence that says what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from egosearch import room
from egosearch.errors import StoreError

LONGEST_REASON = 200


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn what goes wrong with the vectors in `folder` into a `StoreError`; the library's own errors pass."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"the vectors in {folder} cannot be read or written ({error}); {room.remedy(error)}"
        ) from error
    except Exception as error:  # the engine raises plain `Exception` whatever happens
        if type(error) is not Exception:
            raise
        if obstacle := room.obstacle(str(error)):
            raise StoreError(f"the vectors in {folder} cannot be written, because {obstacle}") from error
        reason = str(error).splitlines()[0][:LONGEST_REASON]
        raise StoreError(
            f"the vectors in {folder} cannot be used ({reason}); restore them from a backup,"
            " or remove the folder and index again"
        ) from error
