"""What a text asks for beside its words: phrases that say a condition, as `under $60/h` does."""
