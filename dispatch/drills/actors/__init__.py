"""Simulated people: callers and call takers, crews, hospitals, a dispatcher. They send the commands that people would send.

They know the engine only from outside (commands in, tellings out) and take their time from an agenda, so that the same people
play a drill and a live demonstration.
"""
