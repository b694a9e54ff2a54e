"""Bytes from here to there: one port for each direction, one module per way (decisions §5)."""
