"""Feedback in the cluster, as User Behavior Insights (UBI) has it."""
