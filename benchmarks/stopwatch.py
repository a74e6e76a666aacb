"""Time spent in functions of the program under measurement, which stays as it is: they are wrapped for a while."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any


class Stopwatch:
    """Adds up what passes inside of functions, by name. Nested ones count twice: wrap siblings."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Use `time.perf_counter` for what a person waits, `time.process_time` for CPU seconds."""
        self._clock = clock
        self.seconds: dict[str, float] = defaultdict(float)
        self.results: dict[str, list[Any]] = defaultdict(list)
        """What functions wrapped with `keeps_results` returned."""

    @contextmanager
    def on(self, owner: object, name: str, label: str, *, keeps_results: bool = False) -> Iterator[None]:
        """Time the calls of `owner.name`, an attribute of a module, a class or an object, under `label`.

        Raises:
            AttributeError: There is none: it was renamed, and the benchmark has to follow.
        """
        original = getattr(owner, name)
        own = vars(owner).get(name)

        @wraps(original)
        def timed(*args: Any, **extra: Any) -> Any:
            began = self._clock()
            try:
                result = original(*args, **extra)
            finally:
                self.seconds[label] += self._clock() - began
            if keeps_results:
                self.results[label].append(result)
            return result

        setattr(owner, name, timed)
        try:
            yield
        finally:
            if own is None:
                delattr(owner, name)
            else:
                setattr(owner, name, own)


@contextmanager
def timing(
    clock: Callable[[], float], *places: tuple[object, str, str], keep: frozenset[str] = frozenset()
) -> Iterator[Stopwatch]:
    """Wrap several functions, each given as owner, name and label; results of the labels in `keep` are kept."""
    watch = Stopwatch(clock)
    with ExitStack() as stack:
        for owner, name, label in places:
            stack.enter_context(watch.on(owner, name, label, keeps_results=label in keep))
        yield watch
