"""How much may be asked: in one operation, and in some time."""
