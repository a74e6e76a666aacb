"""Which formats this machine's PyAV can decode."""

from collections.abc import Sequence

COMMON_CODECS = ("h264", "hevc", "av1", "vp9", "mpeg4", "mjpeg", "aac", "opus", "mp3", "flac", "pcm_s16le")
"""What cameras, glasses and phones write."""


def missing_codecs(names: Sequence[str] = COMMON_CODECS) -> list[str]:
    """Return those of the formats that cannot be decoded.

    Args:
        names: FFmpeg's names of decoders.
    """
    import av.codec
    from av.codec.codec import UnknownCodecError

    missing = []
    for name in names:
        try:
            av.codec.Codec(name, "r")
        except UnknownCodecError:
            missing.append(name)
    return missing
