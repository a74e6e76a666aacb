"""Spoil media files in the ways that disks, cameras, downloads and attackers do. The same seed gives the same files.

Bytes in, bytes out; knows nothing of formats but some of the names that they give to their parts.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from random import Random

HEAD_BYTES = 4096
"""What is taken for the header where a file names no part of itself so."""
BLOCK_BYTES = 512
"""Disks lose so much at a time, and multiples of it."""
EXTREMES = (0, 1, 2, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
"""Numbers at which lengths, counts and clocks overflow."""
_MP4_INDEX = b"moov"
_NAMES = re.compile(
    rb"vide|soun|avc1|hvc1|hev1|av01|mp4a|mp4v|Opus|stts|stsz|stco|stsc|stss|ctts|elst|mdhd|tkhd|esds|avcC|"
    rb"V_[A-Z0-9/]{3}|A_[A-Z0-9/]{3}|vids|auds|fmt |data|OggS|fLaC"
)
"""How containers name what follows: exchanged, sound is taken for pictures, sizes for times, headers for content."""


@dataclass(frozen=True)
class Source:
    """A file to spoil."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Mutant:
    """A spoiled file."""

    name: str
    """Its number, how it was spoiled, and the name of what it was made of, so that its extension is still that."""
    kind: str
    data: bytes


Mutation = Callable[[bytes, Random, Sequence[Source]], bytes]
"""Returns other bytes, made of a file and, where it takes two, of any of the sources."""


def mutants(sources: Sequence[Source], *, seed: int) -> Iterator[Mutant]:
    """Yield spoiled files without end, each kind as often as any other.

    Args:
        sources: Drawn from at random; at least one that is not empty.
        seed: Says which files these are.
    """
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    usable = [source for source in sources if source.data]
    kinds = list(MUTATIONS)
    for number in count():
        source, kind = random.choice(usable), kinds[number % len(kinds)]
        data = MUTATIONS[kind](source.data, random, usable)
        yield Mutant(f"{number:05d}-{kind.replace(' ', '-')}-{source.name}", kind, data)


def flip_bits(data: bytes, random: Random, _: Sequence[Source]) -> bytes:
    """Flip 1 to 1024 bits, anywhere."""
    return _flipped(data, random, 0, len(data))


def flip_header_bits(data: bytes, random: Random, _: Sequence[Source]) -> bytes:
    """Flip 1 to 1024 bits of the header."""
    return _flipped(data, random, *_header(data, random))


def truncate(data: bytes, random: Random, _: Sequence[Source]) -> bytes:
    """Keep what comes before any place, or leave out what comes before it."""
    at = random.randrange(len(data))
    return data[:at] if random.random() < 0.8 else data[at:]


def zero_ranges(data: bytes, random: Random, _: Sequence[Source]) -> bytes:
    """Overwrite up to eight runs of blocks with zeros, as where a disk lost them."""
    spoiled = bytearray(data)
    for _count in range(random.randint(1, 8)):
        start, length = random.randrange(len(data)), BLOCK_BYTES * random.randint(1, 64)
        end = min(len(data), start + length)
        spoiled[start:end] = bytes(end - start)
    return bytes(spoiled)


def splice(data: bytes, random: Random, sources: Sequence[Source]) -> bytes:
    """Go on with the content of another file, which may be in another container."""
    other = random.choice(sources).data
    return data[: random.randrange(len(data))] + other[random.randrange(len(other)) :]


def edit_header(data: bytes, random: Random, _: Sequence[Source]) -> bytes:
    """Replace up to sixteen numbers of the header, of 1 to 8 bytes, by those at which arithmetic overflows."""
    start, end = _header(data, random)
    spoiled = bytearray(data)
    for _count in range(random.randint(1, 16)):
        width = random.choice((1, 2, 4, 4, 4, 8))
        at = random.randrange(start, max(start + 1, end - width))
        number = random.choice(EXTREMES) % (1 << 8 * width)
        spoiled[at : at + width] = number.to_bytes(width, random.choice(("big", "big", "little")))
    return bytes(spoiled[: len(data)])


def exchange_names(data: bytes, random: Random, _: Sequence[Source]) -> bytes:
    """Exchange names of parts with each other: the sound's codec with the pictures', a table with another."""
    found = [match.span() for match in _NAMES.finditer(data)]
    spoiled = bytearray(data)
    for _count in range(random.randint(1, 3)):
        (a, a_end), (b, b_end) = (random.choice(found), random.choice(found)) if found else ((0, 0), (0, 0))
        length = min(a_end - a, b_end - b)
        spoiled[a : a + length], spoiled[b : b + length] = spoiled[b : b + length], spoiled[a : a + length]
    return bytes(spoiled) if bytes(spoiled) != data else flip_header_bits(data, random, ())


def move_blocks(data: bytes, random: Random, _: Sequence[Source]) -> bytes:
    """Leave out, repeat or exchange runs of blocks."""
    spoiled = data
    for _count in range(random.randint(1, 4)):
        length = BLOCK_BYTES * random.randint(1, 64)
        a, b = sorted(random.randrange(len(data)) for _ in range(2))
        kind = random.choice(("leave out", "repeat", "exchange"))
        if kind == "leave out":
            spoiled = spoiled[:a] + spoiled[a + length :]
        elif kind == "repeat":
            spoiled = spoiled[:b] + spoiled[a : a + length] + spoiled[b:]
        else:
            b = max(b, a + length)
            first, second = spoiled[a : a + length], spoiled[b : b + length]
            spoiled = spoiled[:a] + second + spoiled[a + length : b] + first + spoiled[b + length :]
    return spoiled


def surround(data: bytes, random: Random, _: Sequence[Source]) -> bytes:
    """Put noise before or behind it."""
    noise = random.randbytes(random.choice((1, 3, 188, 4096, 100_000)))
    return noise + data if random.random() < 0.5 else data + noise


MUTATIONS: Mapping[str, Mutation] = {
    "flipped bits": flip_bits,
    "flipped header bits": flip_header_bits,
    "truncated": truncate,
    "zeroed ranges": zero_ranges,
    "spliced": splice,
    "edited header": edit_header,
    "exchanged names": exchange_names,
    "moved blocks": move_blocks,
    "surrounded by noise": surround,
}


def _flipped(data: bytes, random: Random, start: int, end: int) -> bytes:
    spoiled = bytearray(data)
    for _count in range(2 ** random.randint(0, 10)):
        spoiled[random.randrange(start, end)] ^= 1 << random.randrange(8)
    return bytes(spoiled)


def _header(data: bytes, random: Random) -> tuple[int, int]:
    """Return where a file describes itself: from its first byte on, or an MP4 file's index."""
    index = data.find(_MP4_INDEX)
    if index < 0 or random.random() < 0.2:
        return 0, min(len(data), HEAD_BYTES)
    return index, min(len(data), index + max(HEAD_BYTES, int.from_bytes(data[index - 4 : index], "big")))
