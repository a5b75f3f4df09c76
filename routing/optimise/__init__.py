"""Optimisation models, one a file: the model in symbols, the code in the same symbols, integers throughout."""
