"""Watching: what arrives is indexed as it arrives, in folders (`folders`) and from live sources (`streams`).

What is watched is no state of its own: the library says what is indexed, so a watch that was killed goes on where it
was when it is begun again.
"""
