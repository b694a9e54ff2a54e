"""Shipped simulators and hypothesis strategies for tests of Pregón and of what is built on it."""
