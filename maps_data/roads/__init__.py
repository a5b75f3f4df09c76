"""Street networks from OpenStreetMap extracts: what is read, what is assumed where tags are silent, how edges and turns are made."""
