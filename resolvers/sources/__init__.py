"""Where answers come from: one protocol, and one folder for each engine."""
