"""Searches: checked requests in, pages of hits out."""
