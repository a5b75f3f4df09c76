"""What is true: entities and their state machines, commands, events, rejections, and the world they fold to.

No I/O, no clock, no random source, no asyncio: everything that varies is an argument.
"""
