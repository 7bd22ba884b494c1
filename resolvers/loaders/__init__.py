"""Loaders: what the fields of one level ask for, one by one, is asked of the source at once."""
