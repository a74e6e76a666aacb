"""What a query says changes: from which look of things to which. A small table of English verbs, no grammar.

    "opening the fridge"            a closed fridge -> an open fridge
    "someone turned the lamp off"   the lamp that is lit, in a bright room -> the lamp that is dark, in a dark room
    "a guest comes in"              -> a guest
    "he takes the cup away"         the cup ->
    "the sky turns red"             -> red

An empty side is where nothing in particular is to be seen. What the table does not know changes nothing: "a red cup",
"an open window" and "cooking dinner" are sights.

Some of its forms are other words too (a *light*, an *open* window, green *leaves*): a form counts as the verb only
where what stands beside it fits, see `_is_verb`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

PERSON = "a person"
"""Who comes and goes where nobody is named."""


@dataclass(frozen=True)
class Change:
    """How things look before something happens, and after it."""

    before: str
    after: str


@dataclass(frozen=True)
class _Row:
    """A line of the table: verbs, a particle that must come with them, and how things look before and after."""

    verbs: str
    """One or several; `_FORMS` has the irregular forms."""
    before: str
    after: str
    particles: str = ""
    """One of these follows the verb, at once or after a few words; empty where none is needed."""
    thing: Literal["object", "what", "subject", "place"] = "object"
    """What `{}` is: what the verb is done to, or who does it where nothing is named ("the door opens"); `what`, what
    stands between the verb and its particle ("put the milk in", but not "put in the drawer"); who does it; and for
    `place` who does it, or where to or from, if that is the wearer."""
    named: str = ""
    """The thing must be one of these; empty for anything."""


_DARK, _LIT = "{} that is dark, in a dark room", "{} that is lit, in a bright room"
_LIGHTS = "light lights lamp lamps candle candles fire flame torch lantern screen tv television monitor"
_SWITCHED = "radio music stove oven fan computer laptop heater kettle machine"

_TABLE = (
    _Row("turn switch flip put", _DARK, _LIT, "on", named=_LIGHTS),
    _Row("turn switch flip put", _LIT, _DARK, "off out", named=_LIGHTS),
    _Row("go come", _DARK, _LIT, "on", "subject", _LIGHTS),
    _Row("go", _LIT, _DARK, "off out", "subject", _LIGHTS),
    _Row("turn switch", "{} that is off", "{} that is on", "on", named=_SWITCHED),
    _Row("turn switch", "{} that is on", "{} that is off", "off", named=_SWITCHED),
    _Row("light ignite kindle", "{} without a flame", "{} with a burning flame"),
    _Row("extinguish", "{} with a burning flame", "{} without a flame"),
    _Row("blow", "{} with a burning flame", "{} without a flame", "out"),
    _Row("open unlock", "closed {}", "open {}"),
    _Row("close shut lock", "open {}", "closed {}"),
    _Row("pick lift", "{} on a table", "a hand that holds {}", "up"),
    _Row("put set lay", "a hand that holds {}", "{} on a table", "down"),
    _Row("put set lay place", "{}", "", "away back"),
    _Row("put", "", "{}", "on"),
    _Row("put set lay place", "{}", "", "in into inside", "what"),
    _Row("put set lay place", "", "{}", "onto", "what"),
    _Row("take pull", "", "{}", "out"),
    _Row("take bring carry clear put throw", "{}", "", "away off"),
    _Row("remove clear", "{}", ""),
    _Row("sit", "somebody who stands", "somebody who sits", "down"),
    _Row("lie", "somebody who stands", "somebody who lies", "down"),
    _Row("stand get", "somebody who sits", "somebody who stands", "up"),
    _Row("bring", "", "{}", "in into inside out"),
    _Row("come get", "", "{}", "in into inside", "place"),
    _Row("walk go run", "", "{}", "into inside", "place"),
    _Row("come", "", "{}", "out", "place"),
    _Row("come go walk run move get", "{} far away", "{} close by", "closer towards", "subject"),
    _Row("approach", "{} far away", "{} close by"),
    _Row("enter arrive", "", "{}", thing="place"),
    _Row("appear", "", "{}", thing="subject"),
    _Row("show turn", "", "{}", "up", "subject"),
    _Row("leave exit", "{}", "", thing="place"),
    _Row("go walk run get come move drive", "{}", "", "out away", "place"),
    _Row("walk run move drive", "{}", "", "off", "place"),
    _Row("disappear vanish", "{}", "", thing="subject"),
    _Row("fill", "an empty {}", "a full {}"),
    _Row("empty drain", "a full {}", "an empty {}"),
    _Row("pour", "an empty cup", "{} in a cup"),
    _Row("become", "", "{}"),
    _Row("turn change", "", "{}", "into to"),
    _Row("start begin", "", "{}", thing="what"),
    _Row("stop finish", "{}", "", thing="what"),
)  # fmt: skip
"""The first line that fits counts."""

_FORMS = {
    "become": "becomes became becoming",
    "begin": "begins began begun beginning",
    "blow": "blows blew blown blowing",
    "bring": "brings brought bringing",
    "carry": "carries carried carrying",
    "come": "comes came coming",
    "drive": "drives drove driven driving",
    "empty": "empties emptied emptying",
    "get": "gets got gotten getting",
    "go": "goes went gone going",
    "lay": "lays laid laying",
    "leave": "leaves left leaving",
    "lie": "lies lay lain lying",
    "light": "lights lit lighted lighting",
    "put": "puts putting",
    "run": "runs ran running",
    "set": "sets setting",
    "show": "shows showed shown showing",
    "shut": "shuts shutting",
    "sit": "sits sat sitting",
    "stand": "stands stood standing",
    "take": "takes took taken taking",
    "throw": "throws threw thrown throwing",
}
_DOUBLED = ("flip", "stop")


def _all(words: str) -> frozenset[str]:
    return frozenset(words.split())


_DETERMINERS = _all("a an the my your his her its our their this that these those some another")
_SOMEBODY = _all("i you he she it we they who someone somebody everyone everybody one people")
_WEARER = _all("i me my we us you")
_IS = _all("is are was were being been")
_DONE = _all("brought carried cleared emptied extinguished lifted opened picked poured put removed taken thrown")
_AUXILIARIES = _all(
    "is are was were be been being am to will would can could should did do does has have had gets got get when while"
    " that which moment where and then just again"
)
_LOOKS = _all(
    "red green blue yellow orange pink purple magenta cyan brown grey gray white black dark bright empty full"
)
_ENDS = _all(
    "in into inside on onto at off out from to with for by near under behind over beside between and then while"
    " when before after because until up down away back again towards closer"
)
_REACH = 5
"""A particle follows its verb after at most so many words: "put the big red cup down"."""


def change_of(text: str) -> Change | None:
    """Return the change that a text speaks of, or None."""
    words = re.findall(r"[a-z0-9'-]+", text.lower().replace("’", "'"))
    for at, word in enumerate(words):
        if word in _BASES and _is_verb(words, at):
            for row in _TABLE:
                change = _read(row, words, at)
                if change is not None:
                    return change
            if (colour := _turned(words, at)) is not None:
                return Change("", colour)
    return None


def _forms(verb: str) -> Iterator[str]:
    """Yield a verb and its other forms.

    >>> list(_forms("close"))
    ['close', 'closes', 'closed', 'closing']
    """
    yield verb
    if verb in _FORMS:
        yield from _FORMS[verb].split()
        return
    stem = verb + verb[-1] if verb in _DOUBLED else verb.removesuffix("e")
    yield verb + ("es" if verb.endswith(("sh", "ch", "x")) else "s")
    yield stem + "ed"
    yield stem + "ing"


_BASES: dict[str, frozenset[str]] = {}
for _row in _TABLE:
    for _verb in _row.verbs.split():
        for _form in _forms(_verb):
            _BASES[_form] = _BASES.get(_form, frozenset()) | {_verb}


def _is_verb(words: list[str], at: int) -> bool:
    """Say whether a form stands where a verb does.

    After an article or a possessive none does: "a light", "the shop's opening hours". After "is" what is done does, and
    what things are does not: "the cup is taken away" and "the door is being closed", but not "the door is closed". What
    is also a noun or an adjective needs somebody who does it before, or something it is done to behind: "open the
    window", "she leaves", but not "open window" or "autumn leaves".
    """
    word, before = words[at], words[at - 1] if at else ""
    after = words[at + 1] if at + 1 < len(words) else ""
    if before.endswith("'s") or (before in _DETERMINERS and not (before in {"that", "this"} and at > 1)):
        return False
    if word.endswith("ing"):
        return True
    if before in _IS:
        return before == "being" or word in _DONE
    is_plain = word in _BASES[word]
    if is_plain or word in {"leaves", "left", "lights", "sets", "shows", "locks", "lay"}:
        # "a dog leaves" and "the lights go out", but "a traffic light"
        is_of_noun = at > 1 and words[at - 2] in _DETERMINERS and is_plain == before.endswith("s")
        is_done_by = before in _SOMEBODY | _AUXILIARIES or is_of_noun
        return is_done_by or (after in _DETERMINERS and word != "left") or (is_plain and after in _ENDS and not at)
    return True


def _read(row: _Row, words: list[str], at: int) -> Change | None:
    """Return what a line of the table makes of the verb at a place; None where it does not fit."""
    if not _BASES[words[at]] & _all(row.verbs):
        return None
    behind = words[at + 1 :]
    place = 0
    if row.particles:
        wanted = _all(row.particles)
        place = next((i for i, word in enumerate(behind[:_REACH]) if word in wanted), -1)
        if place < 0 or any(word in _ENDS for word in behind[:place]):
            return None
    # What stands between verb and particle, or behind it: "turn the light on", "turn on the light".
    between = behind[:place] if row.particles else behind
    rest = behind[place + 1 :] if row.particles else []
    is_passive = at > 0 and words[at - 1] in _IS and not words[at].endswith("ing")
    done_to = "" if is_passive else _thing(between) or _thing(rest)
    done_by = _subject(words[:at])
    thing = {
        "object": done_to or done_by,
        "what": done_by if is_passive else _thing(between),
        "subject": done_by or done_to,
        "place": done_by or _thing(rest or between) or PERSON,
    }[row.thing]
    if row.named and not set(thing.split()) & _all(row.named):
        return None
    if not thing and "{}" in row.before + row.after:
        return None
    return Change(_put(row.before, thing), _put(row.after, thing))


def _thing(words: list[str]) -> str:
    """Return the words up to the first that begins something else: "the cup on the table" is the cup."""
    end = next((i for i, word in enumerate(words) if word in _ENDS or word in _SOMEBODY), len(words))
    named = words[words[:1] == ["of"] : end]  # "out of the box"
    while named and named[-1] in _AUXILIARIES:
        named.pop()
    return "" if set(named) <= _DETERMINERS else " ".join(named)


def _subject(words: list[str]) -> str:
    """Return who does it, where that is somebody or something to be seen: neither the wearer nor nobody."""
    start = max((i + 1 for i, word in enumerate(words) if word in {"when", "where", "while", "and", "then"}), default=0)
    named = [word for word in words[start:] if word not in _AUXILIARIES]
    if not named or set(named) & _WEARER or set(named) <= _DETERMINERS:
        return ""
    return PERSON if set(named) & _SOMEBODY else " ".join(named)


def _turned(words: list[str], at: int) -> str | None:
    """Return what something turns, goes or gets: "turning red", "it went dark"."""
    behind = words[at + 1 : at + 2]
    return behind[0] if behind and behind[0] in _LOOKS and _BASES[words[at]] & {"turn", "go", "get"} else None


def _put(template: str, thing: str) -> str:
    bare = " ".join(word for i, word in enumerate(thing.split()) if i or word not in _DETERMINERS)
    return template.replace(
        "{}", bare if template.startswith(("an empty {", "a full {", "closed {", "open {")) else thing
    )
