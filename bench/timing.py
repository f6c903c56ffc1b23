"""How the measures of this package take their times: medians, and steps in processes of their own with their memory."""

from __future__ import annotations

import gc
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROUNDS = 7


def _median(call: Callable[[], Any]) -> float:
    """Seconds of ``call``, the middle of several."""
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        call()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def compare(
    title: str,
    ours: Callable[[], Any],
    floor: Callable[[], Any],
    *,
    told: Callable[[Any], Mapping[Any, Any]],
    counted: Callable[[Any], Mapping[Any, Any]],
) -> None:
    """Print ours, the floor and their ratio. First both must say the same: ``told`` and ``counted`` put what ours and the
    floor answered into one plain form, figures by name. Raises :class:`AssertionError` that names what differs."""
    _must_agree(title, told(ours()), counted(floor()))  # both are warm then
    mine, bare = _median(ours), _median(floor)
    print(f"{title:<44}{mine * 1000:>9.1f} ms {bare * 1000:>9.1f} ms   x {mine / bare:.2f}")


def _must_agree(title: str, ours: Mapping[Any, Any], floor: Mapping[Any, Any]) -> None:
    apart = [key for key in {**ours, **floor} if ours.get(key) != floor.get(key)]
    if apart or not ours:
        shown = "; ".join(f"{key}: {ours.get(key)} against {floor.get(key)}" for key in apart[:5])
        raise AssertionError(f"{title}: {len(apart)} of {len(ours)} figures are not those of the floor. {shown}")


@dataclass(frozen=True, slots=True)
class Step:
    """What one step in a process of its own took: seconds by name, and the most memory the process ever held, in MB."""

    seconds: dict[str, float]
    peak: float

    @property
    def whole(self) -> float:
        return sum(self.seconds.values())


def in_own_process(module: str, *arguments: str, **environment: str) -> Step:
    """Run ``python -m module arguments`` and take what it handed to :func:`report`."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env=os.environ | environment,
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    told = json.loads(done.stdout.splitlines()[-1])
    return Step(told["seconds"], told["peak"])


def report(seconds: dict[str, float]) -> None:
    """End a step: hand its seconds and its peak memory to the process that waits for them."""
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10  # bytes there, kilobytes elsewhere
    print(
        json.dumps(
            {
                "seconds": seconds,
                "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit,
            }
        )
    )


def clock(call: Callable[[], Any]) -> float:
    """Seconds of one ``call``."""
    gc.collect()
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun
