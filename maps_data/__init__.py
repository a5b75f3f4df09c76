"""Facts about the city with their provenance: records, the versioned catalogue, importers and data sets."""
