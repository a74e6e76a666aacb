"""A whole library for each test."""

from tests.egosearch.whole import bench, made

__all__ = ["bench", "made"]
