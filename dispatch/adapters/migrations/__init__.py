"""The steps that bring a PostgreSQL journal to the layout of this program.

Steps only add (tables, nullable columns, indexes made concurrently) and never rewrite an event, so that they run while the version
before still writes: a rolling restart has both at work. What is no longer read is dropped one release later.
"""
