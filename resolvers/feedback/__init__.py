"""What was shown, and what was done with it."""
