"""The indicator catalogue: each figure defined once, with the records it counts.

``catalogue`` holds the definitions; ``figures.compute`` answers with numbers and ``figures.records`` with the very
records behind them. Pages, targets, evaluations, exports and REST all ask here.
"""
