"""What is wrong with an installation, what that means for dispatch, and what to do; nothing is changed by looking."""
