"""Operations compiled once into plans, and plans run breadth first."""
