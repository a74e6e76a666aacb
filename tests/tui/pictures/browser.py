"""Browse a library of the tests in the terminal that this runs in: `python -m tests.tui.pictures.browser`."""

from tests.tui.fake_library import FakeLibrary
from tui.app import Browser
from tui.pictures.terminal import pictures_here

if __name__ == "__main__":
    library = FakeLibrary()
    Browser(library, library.ways(), debounce_s=0, pictures=pictures_here()).run()
