"""What a client can ask: the GraphQL types, each field one delegation to the resolvers."""
