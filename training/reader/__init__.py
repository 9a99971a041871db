"""Training of the reader: question and passage in, answer span and "does this passage answer" out."""
