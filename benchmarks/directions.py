"""Which way a figure is better, told from its table's words: the results of older commits say nothing else about it."""

import re
from typing import Literal

Direction = Literal["less", "more"]

ROW_JOINT = ", "
"""Between the cells that name a row."""
COUNTS = frozenset(
    ("n", "queries", "windows", "exact moments", "recordings", "labels", "clips", "times", "frames decoded", "pictures")
)
"""Columns that say how much was measured, not how well it did."""
OTHERS = re.compile("^(ffmpeg|decoding everything|NumPy|FAISS|Qdrant|qdrant)")
"""What stands beside egosearch: when it differs the machine did, or that program."""
_MORE = re.compile(
    r"^x (?!egosearch)|/s\b|R@|mAP|mIoU|MRR|AUROC|recall|top-1|^first$|^among|found again|1 / rank|^right",
    re.IGNORECASE,
)
_LESS = re.compile(r"\bms\b|\bs\b|seconds|\bMB\b|memory|bytes|error|rank|apart|absent|slowdown", re.IGNORECASE)


def direction(caption: str, row: str, column: str) -> Direction | None:
    """Return whether less or more is better; None where neither is, as of a number of queries.

    The column is asked first, then the row, then the caption: `p95, ms` says all, in `measure | value` the row does,
    and in `recordings | program | largest worker` the caption.

    Args:
        caption: Of the table.
        row: What its line is called, the cells before the first number.
        column: What stands above the figure.
    """
    is_ours = not any(OTHERS.match(cell) for cell in row.split(ROW_JOINT))
    if column in COUNTS or not is_ours or caption.startswith("Reliability"):
        return None
    for words in (column, row, caption):
        if _MORE.search(words):
            return "more"
        if _LESS.search(words):
            return "less"
    return None
