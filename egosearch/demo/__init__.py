"""The demo recording: 80 seconds of a first-person morning, drawn and synthesised here, with known moments.

`egosearch demo` indexes it, so that a newcomer can search before having recorded anything.
"""
