"""Lengths, areas, weights, volumes and times: which quantities measure, and in units of what size."""

from __future__ import annotations

import re

from rag.quantities import Quantity

# By what they measure, units and their size in the first of each kind.
UNITS = {
    unit: (kind, size)
    for kind, units in {
        "length": "metre:1 meter:1 kilometre:1000 kilometer:1000 centimetre:.01 centimeter:.01 mile:1609.34 foot:.3048 "
        "feet:.3048 yard:.9144 inch:.0254 inche:.0254",
        "area": "square metre:1 square meter:1 square kilometre:1e6 square kilometer:1e6 square mile:2.59e6 "
        "square feet:.0929 square foot:.0929 hectare:1e4 acre:4046.9",
        "weight": "kilogram:1 kilo:1 gram:.001 tonne:1000 ton:1000 pound:.4536 ounce:.02835",
        "volume": "litre:1 liter:1 gallon:3.785 barrel:159",
        "time": "day:1 hour:.0416667 minute:.000694444 second:.0000115741 week:7 month:30.4 year:365 decade:3652",
    }.items()
    for unit, size in re.findall(r"([a-z ]+?):([\d.e]+)", units)
    for unit, size in [(unit.strip(), float(size))]
}  # fmt: skip


def measure(quantity: Quantity | None) -> tuple[str, float]:
    """What kind of measure a quantity is, and the size of its unit; ("", 1.0) for a count."""
    if quantity is None or quantity.currency or not quantity.unit:
        return "", 1.0
    words = [word.removesuffix("s") for word in quantity.unit[:2]]
    return UNITS.get(" ".join(words)) or UNITS.get(words[0]) or ("", 1.0)


def is_measure(quantity: Quantity) -> bool:
    """Whether it is a length, area, weight, volume or time."""
    return bool(measure(quantity)[0])
