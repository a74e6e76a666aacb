"""Which formats can be decoded here."""

from indexers.media.codecs import COMMON_CODECS, missing_codecs


def test_the_wheel_decodes_what_cameras_write() -> None:
    assert missing_codecs() == []


def test_an_unknown_format_is_missing() -> None:
    assert missing_codecs(["aac", "no-such-codec"]) == ["no-such-codec"]


def test_there_are_both_pictures_and_sounds_among_the_common_ones() -> None:
    assert {"h264", "hevc", "aac"} <= set(COMMON_CODECS)
