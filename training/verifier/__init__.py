"""The verifier: the reader with layers of its own, stricter about what answers a question."""
