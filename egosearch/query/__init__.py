"""The query engine: a text into moments. Arithmetic on short arrays; it knows no file, no store and no screen.

    text -> weights per space -> scores along time (curves) -> candidates per sense -> fused candidates -> moments

`engine` runs the stages in this order; every other module is one of them.
"""
