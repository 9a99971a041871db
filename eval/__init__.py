"""Gold questions, metrics and runs: how good the answers are, measured offline and without a judge.

Run it with ``python -m eval`` or ``footnote eval``.
"""
