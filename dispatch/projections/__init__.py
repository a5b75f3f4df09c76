"""Projections: folds of the journal's events for reading. They know events, never where the events came from."""
