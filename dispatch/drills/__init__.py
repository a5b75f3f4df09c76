"""Drills: recorded or simulated days played through the live engine, or through its projections, with what came of them."""
