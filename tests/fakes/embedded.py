"""The embedded city, loaded once a process: it is read-only, and decoding it takes half a second."""

from functools import cache

from maps_data.catalogue import Catalogue, load_catalogue


@cache
def embedded_catalogue() -> Catalogue:
    """The data set that ships with the package."""
    return load_catalogue()
