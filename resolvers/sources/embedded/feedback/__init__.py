"""Feedback on disk, beside the index."""
