"""Options that belong together as one parameter of a command: a frozen dataclass, whose fields are the options.

    @dataclass(frozen=True)
    class Filters:
        folder: FolderOption = None

    @grouped
    def clip(words: Words, *, filters: Filters, library: LibraryOption = None) -> None: ...

The command then takes `--folder` and `--library`.
"""

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from egosearch.cli.filters import (
    BetweenOption,
    FolderOption,
    NotedOption,
    OnOption,
    RecordingOption,
    SaidOption,
    SinceOption,
    TagOption,
    UntilOption,
    WhenOption,
)

if TYPE_CHECKING:
    from egosearch.owner.verbs import LibraryVerbs
    from egosearch.types import Where

T = TypeVar("T")


@dataclass(frozen=True)
class Filters:
    """Where and when to search, as typed."""

    recording: RecordingOption = None
    folder: FolderOption = None
    since: SinceOption = None
    until: UntilOption = None
    between: BetweenOption = None
    on: OnOption = None
    when: WhenOption = None
    said: SaidOption = None
    tag: TagOption = None
    noted: NotedOption = None

    def where(self, library: "LibraryVerbs") -> "Where":
        """Return what they ask together, see `where_of`."""
        from egosearch.query.conditions import where_of

        return where_of(library, **{one.name: getattr(self, one.name) for one in fields(self)})


def grouped(command: Callable[..., T]) -> Callable[..., T]:
    """Return a command that takes the options of its groups one by one, as Typer reads them from its signature."""
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: kind for name, kind in hints.items() if is_dataclass(kind)}
    parameters: list[Parameter] = []
    for name, parameter in signature(command).parameters.items():
        if name in groups:
            parameters += _options(groups[name])
        else:
            parameters.append(parameter.replace(annotation=hints[name]))

    def flat(**given: Any) -> T:
        made = {name: kind(**{one.name: given.pop(one.name) for one in fields(kind)}) for name, kind in groups.items()}
        return command(**given, **made)

    flat.__name__, flat.__doc__ = command.__name__, command.__doc__
    flat.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    flat.__annotations__ = {one.name: one.annotation for one in parameters}
    return flat


def _options(group: Any) -> list[Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        Parameter(
            one.name,
            Parameter.KEYWORD_ONLY,
            default=Parameter.empty if one.default is MISSING else one.default,
            annotation=hints[one.name],
        )
        for one in fields(group)
    ]
