"""The outside of the service: HTTP routes, wire models, problem answers, and the live stream."""
