"""Nearest neighbours: one file a backend, each a ``VectorIndex``, imported when it is used."""
