"""What the skills and occupations of the index are called, and which of them a text names."""
