"""One module per electronic front that ships; others register theirs by `ports.register`."""

from __future__ import annotations

from qudao.domain.echannel.types import FrontLimits
from qudao.kernel.registry import Registry

fronts: Registry[FrontLimits] = Registry(__name__)
