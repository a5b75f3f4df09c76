"""Street networks: what they are made of, how they are kept on disk, and how they are asked."""
