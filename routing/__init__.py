"""The mathematics of place and time: coordinates, cells, indexes, travel times and optimisation models.

Knows numbers, not incidents: nothing here imports `dispatch` or `maps_data`.
"""
