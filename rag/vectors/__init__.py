"""Nearest neighbours: exact in memory while that is fast, from a file of clusters past that."""
