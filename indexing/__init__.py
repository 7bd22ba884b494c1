"""How documents get in: catalog feed to index, and the demo catalog."""
