"""Experiments: which arm somebody is in, and what ranks for whom."""
