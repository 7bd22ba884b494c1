"""How single changes get in: upserts and deletes with versions, from files or from a stream."""
