"""``make bench``: everything, or what is named: ``make bench ARGS=sheets``. Prints ratios; no time passes or fails, but
what does not answer as its floor does is no measure and stops the run."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from bench import figures, months, sheets

MEASURES: dict[str, Callable[[], None]] = {
    "figures": figures.main,
    "months": months.main,
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
