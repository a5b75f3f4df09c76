"""A plan of new posts: demand from a call log, candidate places, the best N of them, and what each would bring."""
