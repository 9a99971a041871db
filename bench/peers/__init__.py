"""Footnote beside txtai, LlamaIndex, Haystack and plain sentence-transformers with FAISS, on one folder of files."""
