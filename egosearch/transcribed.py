"""What is said in a recording: the verb of `Library` that reads transcripts."""

from abc import ABC, abstractmethod
from pathlib import Path

from egosearch.catalog import Catalog
from egosearch.errors import LibraryError
from indexers.lexical import MODEL as LEXICAL
from indexers.types import Modality, Recording, Span, Utterance


class Transcribed(ABC):
    """The part of `Library` that has transcripts."""

    path: Path
    _catalog: Catalog

    @abstractmethod
    def _recording(self, recording_id: str) -> Recording:
        """Return a recording of the library; `Library` does."""

    def transcript(self, recording_id: str, within: Span | None = None) -> tuple[Utterance, ...]:
        """Return what is said in a recording, as the transcriber wrote it down that searches use.

        Args:
            recording_id: Which one.
            within: Only utterances that overlap this span; None for all.

        Returns:
            In time order; empty where nobody speaks.

        Raises:
            LibraryError: There is no such recording, or it was indexed without speech.
        """
        recording = self._recording(recording_id)
        spaces = [one for one in self._catalog.searched_spaces() if one.modality is Modality.SPEECH]
        spoken = next((one for one in spaces if one.model != LEXICAL), None)
        if spoken is None:
            raise LibraryError(
                f"{self.path} was indexed without speech;"
                " `egosearch index --encoder speech=whisper:tiny.en PATH` adds it"
            )
        is_heard = recording.audio is None or self._catalog.committed_slices(recording_id, spoken.id)
        if not is_heard:
            raise LibraryError(
                f"{recording.path.name} was indexed without speech; `egosearch index {recording.path}` adds it"
            )
        return tuple(self._catalog.utterances(recording_id, spoken.id, within))
