"""One process owns a library and answers for the others, so that searching goes on while it indexes.

Whoever has a library open for writing listens on a socket in its folder (`server`); whoever finds one there asks it
instead of opening the library (`shared`), in the same verbs (`verbs`). What travels is JSON of known types (`codec`,
`frames`), between processes of one user who can read the folder's token (`address`). Nothing here is a database: the
locks of DuckDB and of the folder decide who owns, and these files only say where to ask.

`opening` is where front ends begin.
"""
