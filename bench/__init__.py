"""Timings, as ratios measured side by side in one run: ``make bench``. Machines are noisy; ratios less so."""
