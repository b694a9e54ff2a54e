"""Durable things on a disk: the one way to write, objects, releases, locks, bitácora."""
