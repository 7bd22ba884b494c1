// Stands for an optional package that nobody needs.
