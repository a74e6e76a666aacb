"""An answer as a page: one HTML file with pictures, clips, timelines and reasons, that needs nothing but itself."""

from egosearch.report.writing import write_report

__all__ = ["write_report"]
