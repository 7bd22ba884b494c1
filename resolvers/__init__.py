"""How a request is answered: search, loaders and ranking over one source of documents."""
