"""Spatial indexes keyed by H3 cells, with exact k-nearest: one for places, one for moving units."""

from routing.index.moving import MovingIndex
from routing.index.static import StaticIndex

__all__ = ["MovingIndex", "StaticIndex"]
