"""Suggestions: a text that somebody is typing in, what it may become out."""
