"""Every odd, real or foreign file at hand is decoded, or refused with its name, a reason and a remedy."""

import os
from pathlib import Path

import pytest

from indexers.errors import MediaError
from indexers.media import decode, probe
from indexers.types import Picture, Recording, Slice, SoundBlock

SHARED = Path(os.environ.get("EGOSEARCH_SHARED", Path(__file__).parents[3] / "shared"))
MAX_SECONDS = 20.0
SOUNDS_PER_FOLDER = 3


def files() -> list[Path]:
    data = SHARED / "data"
    found = [p for folder in ("odd", "video") for p in sorted((data / folder).rglob("*")) if p.is_file()]
    folders = [p for p in sorted((data / "audio").glob("*")) if p.is_dir()]
    for folder in folders:
        sounds = [p for p in sorted(folder.rglob("*")) if p.suffix in {".flac", ".wav", ".ogg", ".mp3", ".oga"}]
        found += sounds[:SOUNDS_PER_FOLDER]
    return found


@pytest.mark.skipif(not files(), reason="no shared files beside the repository")
@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(SHARED)))
def test_a_file_is_decoded_or_refused_for_a_reason(path: Path) -> None:
    result = decoded_or_refused(path)
    if isinstance(result, MediaError):
        assert result.path == path
        assert result.reason
        assert result.remedy
        return
    recording, items = result
    assert recording.duration_s > 0
    assert (recording.audio is not None) == any(isinstance(item, SoundBlock) for item in items)
    assert (recording.video is not None) == any(isinstance(item, Picture) for item in items)


def decoded_or_refused(path: Path) -> tuple[Recording, list[SoundBlock | Picture]] | MediaError:
    try:
        recording = probe(path)
        slice_ = Slice(recording, 0, 0.0, min(recording.duration_s, MAX_SECONDS))
        items = decode(slice_, sample_rates_hz=[16_000], picture_hop_s=1.0, short_side_px=64, extra_sound_s=0.48)
        return recording, list(items)
    except MediaError as error:
        return error
