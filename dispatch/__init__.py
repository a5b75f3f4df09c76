"""The dispatch service: what is true, how it is decided, kept, shown and rehearsed."""
