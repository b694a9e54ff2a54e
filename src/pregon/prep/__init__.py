"""The election itself, pure: catalogue, actas, reading and writing a base de datos, the corte.

Nothing here opens a file, asks the time or logs (decisions §8). Counts are integers everywhere;
percentages are text made by `porcentaje` when they are shown (R50, R56).
"""
