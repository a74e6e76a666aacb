"""How the browser in a tab talks to its server: Textual's driver for the web, which ends when the server does."""

from textual.driver import Driver
from textual.drivers.web_driver import WebDriver


class TabDriver(WebDriver):
    """Reads keys and writes the screen as packets."""

    # Files are for this machine, as they are in a terminal. Textual's driver hands them to the web browser.
    deliver_binary = Driver.deliver_binary

    def run_input_thread(self) -> None:
        """Pass on what comes in, until nothing can come any more."""
        super().run_input_thread()
        self.on_meta("quit", {})
