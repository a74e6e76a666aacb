"""Queries typed in one line, words and conditions together: `dog barking in:park.mp4 since:yesterday not:"a car"`.

The language of the browser's query bar. `reading` takes a line apart and looks at nothing else; `meaning` turns what it
holds into a `Query`, with a library that knows its recordings; `completing` says how a half-typed line may go on;
`history` remembers what was typed.
"""

from egosearch.typed.completing import Completion, Known, complete
from egosearch.typed.history import History
from egosearch.typed.meaning import more_like, query_of
from egosearch.typed.reading import Typed, read

__all__ = ["Completion", "History", "Known", "Typed", "complete", "more_like", "query_of", "read"]
