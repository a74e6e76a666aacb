"""Whole screens: the search, the list of recordings, the keys."""
