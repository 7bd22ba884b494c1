"""How a request gets in: the command line, GraphQL over HTTP, GraphiQL."""
