"""Adapters: the engine's ports on real stores and devices. They translate and store; they decide nothing."""
