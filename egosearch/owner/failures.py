"""Errors on their way from the owner to who asked: the same class, the same sentence, and so the same exit code."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import egosearch.errors
from egosearch.errors import EgosearchError, LibraryError, MediaError


@dataclass(frozen=True)
class Failure:
    """An error as it travels."""

    kind: str
    """The class's name."""
    message: str
    details: Mapping[str, str]
    """The fields of a `MediaError`; empty for others."""


def failure_of(error: Exception) -> Failure:
    """Return an error as it travels; one that egosearch does not raise on purpose becomes a `LibraryError`."""
    if isinstance(error, MediaError):
        details = {"path": str(error.path), "reason": error.reason, "remedy": error.remedy}
        return Failure("MediaError", str(error), details)
    for kind in type(error).__mro__:  # a child that is known to its module only travels as its parent
        if isinstance(error, EgosearchError) and getattr(egosearch.errors, kind.__name__, None) is kind:
            return Failure(kind.__name__, str(error), {})
    return Failure(
        "LibraryError",
        f"the process that owns the library failed at this ({type(error).__name__}: {error});"
        " try again when it has ended, and report this as a bug",
        {},
    )


def error_of(failure: Failure) -> EgosearchError:
    """Return the error that `failure_of` described."""
    kind = getattr(egosearch.errors, failure.kind, None)
    if not (isinstance(kind, type) and issubclass(kind, EgosearchError)):
        return LibraryError(failure.message)
    if issubclass(kind, MediaError):
        details = failure.details
        return kind(Path(details.get("path", "")), details.get("reason", ""), details.get("remedy", ""))
    return kind(failure.message)
