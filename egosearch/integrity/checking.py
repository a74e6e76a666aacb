"""All checks in their order, and mending what they find."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from egosearch.access import Access
from egosearch.integrity.caches import CachedRows, cached_scan, check_caches
from egosearch.integrity.files import check_leftovers, check_old_copies, check_privacy, check_recordings
from egosearch.integrity.problems import Checked, Problem
from egosearch.integrity.rows import check_rows
from egosearch.integrity.types import Finding, IntegrityReport
from egosearch.integrity.vectors import VectorCheck


@dataclass(frozen=True)
class Outcome:
    """What a check found, with what mends it."""

    problems: tuple[Problem, ...]
    report: IntegrityReport


def check(library: Checked, access: Access) -> Outcome:
    """Look at everything, while nobody indexes."""
    began_s = time.monotonic()
    with access.standing():
        problems = [*check_leftovers(library), *check_privacy(library), *check_recordings(library)]
        problems += check_old_copies(library)
        problems += check_rows(library)
        cached = CachedRows(cached_scan(library))
        with access.vectors() as store:
            vectors = VectorCheck(library, store, cached)
            problems += vectors.problems()
        problems += check_caches(library, cached)
    findings = tuple(one.finding for one in problems)
    recordings = library.catalog.counts().recordings
    return Outcome(tuple(problems), IntegrityReport(findings, recordings, vectors.windows, time.monotonic() - began_s))


def mend(problems: Sequence[Problem], access: Access) -> dict[Finding, frozenset[Path]]:
    """Mend what can be mended here, and return what was, with the files that are to be indexed again for it."""
    mended = {}
    with access.standing(), access.vectors() as store:
        for problem in problems:
            if problem.mend is not None:
                mended[problem.finding] = frozenset(problem.mend(store))
        access.refresh(store)
    return mended


def compared(
    before: IntegrityReport, after: IntegrityReport, waiting: Mapping[Finding, frozenset[Path]]
) -> IntegrityReport:
    """Return what was found, each finding with whether it is mended.

    Args:
        before: What was found.
        after: What was found when all that can be mended was.
        waiting: What is gone only because its files were not indexed again, though they should have been.
    """
    left = {(one.kind, one.about): one for one in after.findings}
    known = {(one.kind, one.about) for one in before.findings}

    def findings() -> Iterator[Finding]:
        for one in before.findings:
            if one in waiting:
                again = ", ".join(f"`egosearch index {path}`" for path in sorted(waiting[one]))
                yield replace(one, remedy=f"{again} makes anew what is no longer searched")
            else:
                yield left.get((one.kind, one.about)) or replace(one, is_mended=True)
        yield from (one for key, one in left.items() if key not in known)

    return replace(before, findings=tuple(findings()), elapsed_s=before.elapsed_s + after.elapsed_s)
