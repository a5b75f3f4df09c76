"""Importers of registries from outside: fetch, parse, validate, diff, swap."""
