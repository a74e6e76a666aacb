"""What may stand in a note, and how people write one: text, with tags in it or beside it.

    Anna's birthday cake #kitchen #Anna   ->   "Anna's birthday cake", tags anna and kitchen

A tag is a word: without spaces, commas, quotation marks and #, so that it needs no quoting on a command line or in a
query bar. Letter case is set aside, since nobody remembers it.
"""

import re
import unicodedata
from collections.abc import Iterable
from hashlib import blake2b

from egosearch.errors import QueryError
from indexers.facts import Span

MAX_TEXT = 2_000
"""Characters of a note, as of a query."""
MAX_TAG = 50
MAX_TAGS = 20
"""Of one note."""
_IN_TEXT = re.compile(r"(?:^|\s+)#([^\s#]*[^\s#.,;:!?)])")  # with the space before it, and not what ends a sentence
_NO_TAG = frozenset("#,\"'“”„«»")


def clean_tag(tag: str) -> str:
    """Return a tag as it is kept.

    >>> clean_tag("#Kitchen")
    'kitchen'

    Raises:
        QueryError: It is empty, too long, or no word.
    """
    word = unicodedata.normalize("NFC", tag.strip().removeprefix("#")).lower()
    if not word:
        raise QueryError("a tag is empty; name a word, such as kitchen")
    if len(word) > MAX_TAG:
        raise QueryError(f"the tag {word[:20]}… has {len(word)} characters, {MAX_TAG} are the most; name a short word")
    if not word.isprintable() or " " in word or not _NO_TAG.isdisjoint(word):
        raise QueryError(f"{tag!r} is no tag, which is one word without commas or quotation marks; write birthday-cake")
    return word


def clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return tags as they are kept: in alphabetical order, each once.

    Raises:
        QueryError: One is none, or there are too many.
    """
    clean = tuple(sorted({clean_tag(tag) for tag in tags}))
    if len(clean) > MAX_TAGS:
        raise QueryError(f"these are {len(clean)} tags, {MAX_TAGS} are the most of one note; leave some out")
    return clean


def clean_text(text: str, *, has_tags: bool) -> str:
    """Return a note's text as it is kept.

    Raises:
        QueryError: It is too long, no text, or says nothing where no tag does.
    """
    kept = text.strip()
    if not kept and not has_tags:
        raise QueryError("the note is empty; write something, or name a tag")
    if len(kept) > MAX_TEXT:
        raise QueryError(f"the note has {len(kept)} characters, {MAX_TEXT} are the most; write a shorter one")
    if any(0xD800 <= ord(char) <= 0xDFFF for char in kept):  # what Python makes of bytes that are no UTF-8
        raise QueryError("the note holds bytes that are no text; type it again, in UTF-8")
    return kept


def read_note(written: str) -> tuple[str, tuple[str, ...]]:
    """Take the tags out of what somebody wrote.

    >>> read_note("Anna's cake #kitchen, cut at last #party")
    ("Anna's cake, cut at last", ('kitchen', 'party'))

    Returns:
        The text without them, its spaces made one each, and the tags as written.
    """
    return " ".join(_IN_TEXT.sub("", written).split()), tuple(_IN_TEXT.findall(written))


def note_id(recording_id: str, span: Span, text: str, tags: Iterable[str]) -> str:
    """Return the id of a note: what is written twice is one note, whoever was asked to write it again."""
    parts = (recording_id, repr(float(span.start_s)), repr(float(span.end_s)), text, *tags)
    return blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
