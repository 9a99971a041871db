"""``python -m eval``: gold questions; ``python -m eval reader`` and so on: the parts by themselves."""

import sys
from importlib import import_module

from eval.cli import main

PARTS = ("reader", "retrieval", "variants", "wiki")

if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in PARTS:
        part = import_module(f"eval.{sys.argv.pop(1)}")
        sys.exit(part.main())
    sys.exit(main(sys.argv[1:]))
