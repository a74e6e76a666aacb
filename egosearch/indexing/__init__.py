"""The indexing run: files into windows that are committed, over worker processes of which any may crash.

    survey -> run -> crew (here) or cluster (Ray) -> worker -> `indexers.slices` -> run commits

`run` is the only writer; `pool` says what runs slices for it, `limits` what each worker may take.
"""
