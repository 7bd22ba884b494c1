"""How long the fields of an operation took, told to a federated router."""
