"""The browser in a web browser, on this machine only: `egosearch tui --serve`.

Each tab is an `egosearch tui` of its own, which Textual's driver for the web connects to the page of `textual-serve`.
Only that page's parts are taken from there. Its server asks nobody who they are, loads a font from the Internet and
starts programs through a shell; whoever reaches this one can see a life and take recordings out of a library.
"""
