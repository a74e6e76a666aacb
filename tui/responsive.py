"""What keeps keys fast in a process that also searches, decodes and holds ten thousand recordings."""

import gc
import sys
import time

SWITCH_S = 0.0005
"""How long the thread that draws may wait for one that computes, each time that it wants to go on. With Python's 5 ms,
a key that came while something was read in the library's thread took 0.1 to 0.3 s to be drawn."""
IDLE_S = 10.0
"""Without a key: somebody looks at what there is, and rarely goes on in the tenth of a second that collecting takes."""
RARELY = 1000
"""Times as many objects as are young at a time before Python looks through all of them after all; 10 as it comes."""


def prefer_the_screen() -> None:
    """Have this process's threads change places often, and leave old garbage to `Tidying`.

    Python looks through all objects now and then, for garbage that refers to itself: 70 to 200 ms with ten thousand
    recordings in memory, in the middle of a key. What is young is still looked through at all times.
    """
    sys.setswitchinterval(SWITCH_S)
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, RARELY)
    gc.freeze()  # what is imported by now is never garbage


class Tidying:
    """Collects garbage once in every pause of the user."""

    def __init__(self) -> None:
        self._used_s = time.monotonic()
        self._is_tidy = True

    def used(self) -> None:
        """Note that a key was pressed, or the mouse moved."""
        self._used_s, self._is_tidy = time.monotonic(), False

    def tidy(self) -> bool:
        """Collect, if this is a pause and the first time in it; return whether it was."""
        if self._is_tidy or time.monotonic() - self._used_s < IDLE_S:
            return False
        self._is_tidy = True
        gc.collect()
        return True
