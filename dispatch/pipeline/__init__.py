"""The steps of a call, one module each; none imports another. All are pure: world and facts in, events out."""
