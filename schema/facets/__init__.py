"""Facets: what the items of a search have in common, counted, and the filter that choosing a value would give."""
