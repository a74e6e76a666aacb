"""The terminal browser: type what you remember, walk through the moments, look, listen.

It draws what `egosearch.library` answers and decides nothing about what matches. `command` opens it, `app` holds
it together, `screens` and `widgets` are what is seen; `drawing` and `wording` are the pure parts.
"""
