"""The options that say what is asked, besides the words, and the `Query` that they make."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from egosearch.cli.options import FusionChoice
from egosearch.cli.sessions import SessionOption, default_session
from indexers.facts import Modality

if TYPE_CHECKING:
    from egosearch.owner.verbs import LibraryVerbs
    from egosearch.types import Query, Where

LimitOption = Annotated[int, typer.Option("--limit", metavar="N", min=1, help="At most this many moments.")]
MinConfidenceOption = Annotated[
    float | None,
    typer.Option(
        "--min-confidence",
        metavar="C",
        min=0.0,
        max=1.0,
        show_default="the library's own threshold",
        help="Leave out moments less sure than this, from 0 to 1; 0 shows whatever comes closest.",
    ),
]
ModalityOption = Annotated[
    list[Modality] | None,
    typer.Option(
        "--modality",
        metavar="audio|visual|speech",
        show_default="all",
        help="Search with this sense only; may be given several times.",
    ),
]
WeightOption = Annotated[
    list[str] | None,
    typer.Option(
        "--weight",
        metavar="SENSE=W",
        show_default="1 for each",
        help="Let a sense count more or less: audio=2, visual=0.5; may be given several times.",
    ),
]
FusionOption = Annotated[
    FusionChoice,
    typer.Option(
        "--fusion",
        metavar="calibrated|rrf",
        help="How to combine the senses; rrf is the plain baseline to compare with.",
    ),
]
ImageOption = Annotated[
    Path | None,
    typer.Option("--image", metavar="FILE", show_default=False, help="A picture that shows what you look for."),
]
SoundOption = Annotated[
    Path | None,
    typer.Option("--sound", metavar="FILE", show_default=False, help="A file that sounds like what you listen for."),
]
NotOption = Annotated[
    list[str] | None,
    typer.Option(
        "--not", metavar="TEXT", show_default=False, help="What must not be there; may be given several times."
    ),
]
ThenOption = Annotated[
    list[str] | None,
    typer.Option(
        "--then",
        metavar="TEXT",
        show_default=False,
        help="What follows, within --within seconds; may be given several times, in order.",
    ),
]
WithinOption = Annotated[
    float | None,
    typer.Option(
        "--within",
        metavar="SECONDS",
        show_default=False,
        help="How soon after one step ends the next one of --then starts.",
    ),
]
JsonlOption = Annotated[bool, typer.Option("--jsonl", help="Print JSON, one line a query.")]
PathsOption = Annotated[bool, typer.Option("--paths", help="Print the recordings' paths only, one a line.")]


@dataclass(frozen=True)
class Options:
    """What the options ask, as typed."""

    image: ImageOption = None
    sound: SoundOption = None
    without: NotOption = None
    then: ThenOption = None
    within_s: WithinOption = None
    limit: LimitOption = 10
    min_confidence: MinConfidenceOption = None
    modality: ModalityOption = None
    weight: WeightOption = None
    fusion: FusionOption = FusionChoice.CALIBRATED
    session: SessionOption = None
    """None for this terminal's."""

    @property
    def say_what(self) -> bool:
        """Whether any of them says what is asked, and not only how."""
        return any((self.image, self.sound, self.without, self.then, self.within_s is not None, self.weight))


def query_of(text: str, options: Options, where: "Where") -> "Query":
    """Return the query that a text and the options make; whether it can be answered is the engine's to say."""
    from egosearch.types import Query

    return Query(
        text,
        limit=options.limit,
        min_confidence=options.min_confidence,
        modalities=frozenset(options.modality) if options.modality else None,
        fusion="rrf" if options.fusion is FusionChoice.RRF else "calibrated",
        image=options.image,
        sound=options.sound,
        without=tuple(options.without or ()),
        then=tuple(options.then or ()),
        within_s=options.within_s,
        weights=weights_of(options.weight or ()),
        where=where,
        session=default_session() if options.session is None else options.session,
    )


def saved_of(library: "LibraryVerbs", name: str, options: Options) -> "Query":
    """Return the query that is saved under a name, asked as the options say.

    Raises:
        QueryError: None is, or it cannot be asked any more.
    """
    from egosearch import typed
    from egosearch.saved.names import saved_query

    saved = typed.query_of(library, saved_query(library, name).line)
    how = query_of(saved.text, options, saved.where)
    return replace(how, without=saved.without, then=saved.then, within_s=saved.within_s, weights=saved.weights)


def weights_of(texts: Sequence[str]) -> dict[Modality, float]:
    """Read weights such as "audio=2"; the last one of a sense counts.

    Raises:
        typer.BadParameter: One does not read as such.
    """
    weights = {}
    for text in texts:
        sense, _, number = text.partition("=")
        try:
            weights[Modality(sense.strip())] = float(number)
        except ValueError as error:
            senses = ", ".join(Modality)
            raise typer.BadParameter(
                f"{text!r} is not a sense ({senses}) and a number, such as audio=2", param_hint="--weight"
            ) from error
    return weights
