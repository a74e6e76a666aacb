"""What a recording looks and sounds like: the verbs of `Library` that read media files and nothing else.

They need no owner's leave, and no owner does them for others: what crashes a decoder must not crash an indexing run.
"""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from indexers.facts import Recording, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from indexers.spectrum import Spectrum


class Showing(ABC):
    """The part of a library that shows recordings."""

    @abstractmethod
    def _recording(self, recording_id: str) -> Recording:
        """Return a recording of the library; `Library` does."""

    def picture(self, recording_id: str, time_s: float, *, short_side_px: int = 180) -> "NDArray[np.uint8] | None":
        """Return the picture near a time as RGB, shape (h, w, 3); None where there is none.

        Raises:
            LibraryError: There is no such recording.
            MediaError: The file is gone or cannot be read.
        """
        from indexers.media.frame import frame_at

        picture = frame_at(self._recording(recording_id), time_s, short_side_px)
        return None if picture is None else picture.rgb

    def spectrum(self, recording_id: str, within: Span) -> "Spectrum | None":
        """Return how loud each band of frequencies is, along a part of a recording; None without sound there.

        Args:
            recording_id: Which one.
            within: The part; of one longer than ten minutes, its beginning.

        Raises:
            LibraryError: There is no such recording.
            MediaError: The file is gone or cannot be read.
        """
        from indexers.spectrum import spectrum_of

        return spectrum_of(self._recording(recording_id), within)
