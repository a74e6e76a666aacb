"""Which containers are opened, and what FFmpeg may do meanwhile: read that one file, and nothing else.

A file is what its content says, whatever its name. Left alone, FFmpeg takes an `.mp4` with a line of text in it for a
playlist, and opens the other files or addresses it lists.
"""

from pathlib import Path

CONTAINERS = (
    *("mov", "mp4", "matroska", "webm", "avi", "mpegts", "mpeg", "mpegvideo", "flv", "asf", "asf_o", "mxf", "gxf"),
    *("dv", "rm", "wtv", "nut", "ivf", "yuv4mpegpipe", "h264", "hevc", "m4v", "obu"),
    *("wav", "w64", "aiff", "au", "caf", "voc", "flac", "mp3", "aac", "loas", "ac3", "eac3", "dts", "ogg", "amr"),
    *("amrnb", "amrwb", "wv", "tta", "dsf"),
)
"""What cameras, phones, recorders and converters write, by FFmpeg's names; of `mov,mp4,m4a,3gp,3g2,mj2` any will do.
A list of what is let in and not of what is kept out: FFmpeg reads 350 formats, among them playlists, scripts, texts
drawn as pictures, and formats of games that nobody has looked at for years."""

OPTIONS = {"protocol_whitelist": "file", "format_whitelist": ",".join(CONTAINERS)}
"""For `av.open`. An MP4 file that says its samples are in another file is not followed either: FFmpeg needs to be asked
for that."""

_HEAD_BYTES = 512
_PLAYLISTS = (b"#EXTM3U", b"ffconcat", b"<MPD", b"[playlist]", b"v=0\r\n", b"v=0\n", b"<smil", b"<asx", b"<AssetMap")
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF87a", b"GIF89a", b"BM", b"II*\0", b"MM\0*", b"8BPS")


def what_else(path: Path) -> str | None:
    """Say what a file is that is no recording, as a clause; None where that is not plain to see."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES).removeprefix(b"\xef\xbb\xbf").lstrip()
    except OSError:
        return None
    if any(mark in head if mark.startswith(b"<") else head.startswith(mark) for mark in _PLAYLISTS):
        return "it is a playlist, which names other files, and those are not opened"
    if head.startswith(_PICTURES) or (head.startswith(b"RIFF") and head[8:12] == b"WEBP"):
        return "it is a picture and not a recording"
    return None
