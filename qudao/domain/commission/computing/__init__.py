"""
Computing a month: all rules in one go, branch by branch, into lines of the lake.

    computed = compute(lake, month, rules, at=ctx.at)       # writes `lines`
    lines = compute_sample(engine, Sample(sales=[…]), month, rules)   # a few facts by hand
"""

from qudao.domain.commission.computing.adjusting import Closed, adjust, touched
from qudao.domain.commission.computing.month import (
    Computed,
    compute,
    lake_branches,
    pin,
)
from qudao.domain.commission.computing.sample import Sample, compute_sample

__all__ = [
    "Closed",
    "Computed",
    "Sample",
    "adjust",
    "compute",
    "compute_sample",
    "lake_branches",
    "pin",
    "touched",
]
