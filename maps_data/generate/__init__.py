"""What is not public, made from a seed: a fleet, AEDs and coarse district outlines, all marked as such.

The same seed and the same facts give the same bytes on every run; the files that ship are this package's
own output with seed 120, and a test holds them to it.
"""

from maps_data.generate.write import DEFAULT_SEED, generated_files, write_generated

__all__ = ["DEFAULT_SEED", "generated_files", "write_generated"]
