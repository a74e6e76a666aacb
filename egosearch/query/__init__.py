"""The query engine: a text into moments. Arithmetic on short arrays; it knows no file, no store and no screen.

    text, example or place -> asked per space -> scores along time (curves) -> candidates per sense, less what must not
    be there -> fused candidates (a step) -> chains of steps -> moments

`engine` runs the stages in this order; every other module is one of them.
"""
