"""Who asks: tokens, and routers that say for whom they ask."""
