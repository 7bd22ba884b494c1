"""Ways by which an operation gets more than one result: WebSockets (graphql-transport-ws) and events (graphql-sse)."""
