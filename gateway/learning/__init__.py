"""Learning to rank from what people did with what they were shown."""
