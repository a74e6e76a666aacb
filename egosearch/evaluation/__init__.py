"""How good the answers are: labelled queries in, figures out.

    annotations -> LabelledQuery* -> Question* -> Prediction* -> Judged* -> Figures

`formats` reads the annotations of others, `run` asks a library, `predictions` reads and writes what was answered,
`metrics` and `reliability` are the formulas, and `scoring` applies them. Nothing here prints; the command is in
`egosearch.cli.evaluate`.
"""
