"""How hits are put in order: pure functions over scores."""
