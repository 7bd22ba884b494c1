"""The GraphiQL page that a browser gets from /graphql, and the build of its files."""
