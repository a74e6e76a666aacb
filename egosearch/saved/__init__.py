"""Saved queries: names for lines of the query bar (`egosearch.typed`), to be asked again without typing them.

A line is kept as it was written, since what it means changes: `when:yesterday` is another day tomorrow. It is read when
it is saved, so that what is wrong with it is said then, and again whenever it is asked. `types` has the frozen value,
`verbs` the part of `Library` that keeps them.
"""
