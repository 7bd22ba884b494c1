"""How long answers stay good, what is said of it, and whole answers that are given again."""
