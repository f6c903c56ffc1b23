"""``make bench``: everything, or what is named: ``make bench ARGS=sheets``. Prints ratios; nothing passes or fails."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from bench import figures, sheets

MEASURES: dict[str, Callable[[], None]] = {
    "figures": figures.main,
    "months": figures.months,
    "sheets": sheets.main,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"one of {', '.join(MEASURES)}; all when none is given"
    )
    names = parser.parse_args().names
    for name in names:
        if name not in MEASURES:
            parser.error(f"no measure is called {name}; there are {', '.join(MEASURES)}")
    for name in names or MEASURES:
        print(f"--- {name}")
        MEASURES[name]()


if __name__ == "__main__":
    main()
