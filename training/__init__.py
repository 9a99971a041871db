"""Scripts and data recipes that made the weights under `rag/models`; Footnote runs without them."""
