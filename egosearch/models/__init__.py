"""Models as things on a disk: which there are, what could be had, and fetching what was asked for.

    name -> published files -> Order -> fetched, verified, put in place -> Receipt -> Model

`pulling` is the only place of egosearch that downloads, and nothing but `egosearch models pull` calls it. How a model
is run is its encoder's business, in `indexers.encoders`.
"""
