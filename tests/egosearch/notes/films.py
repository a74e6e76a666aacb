"""A film whose answers a reader can tell, for libraries with speech and without."""

from egosearch.indexing.types import IndexOptions
from indexers.types import Modality
from tests.media import BLUE, RED, RecordingOptions, Tone

BEGAN = "2026-11-20T18:00:00Z"
FILM = RecordingOptions(
    seconds=120,
    colours=(*[RED] * 8, *[BLUE] * 5, *[RED] * 60, *[BLUE] * 5, *[RED] * 42),
    tones=(Tone(100.4, 102.4, 2500),),
    metadata={"creation_time": BEGAN},
)
"""Blue from 8 to 13 s and from 73 to 78 s, a whistle from 100.4 to 102.4 s."""
SIGHTS = IndexOptions(encoders={Modality.AUDIO: "toy", Modality.VISUAL: "toy"}, jobs=1)
TALK = IndexOptions(encoders=dict.fromkeys(Modality, "toy"), jobs=1)
