"""Answers in parts, by `@defer` and `@stream`: what is said of them in HTTP, and in which form they are."""
