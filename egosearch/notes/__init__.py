"""Notes and tags: what people write about spans of their recordings, to find them again by it.

    text with #tags -> Note -> catalogue -> filters (`--tag`, `--noted`) and moments (`egosearch.query.noted`)

`types` has the note, `writing` what may stand in one, `moments` a note as a moment, and `verbs` the part of `Library`
that keeps them.
"""
