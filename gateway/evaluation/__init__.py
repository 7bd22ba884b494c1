"""How well the gateway ranks, measured on a labelled set."""
