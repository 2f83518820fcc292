"""The evidence for and against each candidate bead, as numbers.

`basic` needs nothing but vectors and lengths and is computed for every candidate; `rich` adds word evidence and the
neighbours' claims and is computed for the candidates that survive. A new feature is a column added in the module of
its topic; the weights are then learned anew.
"""
