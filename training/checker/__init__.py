"""The checker's entailment head: whether a sentence is borne out by the words that it cites."""
