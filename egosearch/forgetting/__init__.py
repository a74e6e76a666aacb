"""Forgetting: what was recorded at some time goes from the library and from its disk, and stays out.

    what is named -> spans -> one transaction: invisible, and noted as forgotten -> vectors -> catalogue file -> checked

Removing a recording drops its index, which the next run over its folder makes again. Forgetting is for good: the
catalogue notes the spans, and what any later run has of them is left out before it is written (`spans`), until somebody
takes it back.

What is invisible is not gone: a database and a vector engine leave the bytes of deleted rows in their files. So both
are written anew without them (`rewriting`, `egosearch.stores.erasing`), and only what was looked for and not found any
more is called gone (`erasing`, `traces`). A kill in between leaves a note that it is not; the next `forget` goes on.
"""
