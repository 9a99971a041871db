"""The verifier: the reader with upper layers of its own, stricter about what answers a question."""
