"""How the codes of commission look; `looks` puts them to the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.fronts.backoffice.look import Look

TABLES: Final[Mapping[str, Mapping[str, Look]]] = {
    "policy_state": {
        "draft": Look(pgettext_lazy("policy", "Draft"), "info", "pencil"),
        "proposed": Look(pgettext_lazy("policy", "Waits for marketing"), "warn", "hourglass"),
        "endorsed": Look(pgettext_lazy("policy", "Waits for finance"), "warn", "hourglass"),
        "approved": Look(pgettext_lazy("policy", "To be configured"), "warn", "settings"),
        "configured": Look(pgettext_lazy("policy", "To be verified"), "warn", "eye"),
        "verified": Look(pgettext_lazy("policy", "Verified"), "info", "circle-check"),
        "effective": Look(pgettext_lazy("policy", "Effective"), "good", "circle-check"),
        "withdrawn": Look(pgettext_lazy("policy", "Withdrawn"), "", "ban"),
    },
    "policy_kind": {
        "basic": Look(pgettext_lazy("policy", "Basic commission")),
        "staged": Look(pgettext_lazy("policy", "Staged incentive")),
    },
    "policy_step": {
        "proposed": Look(pgettext_lazy("policy", "Proposed")),
        "approved_marketing": Look(pgettext_lazy("policy", "Approved by marketing")),
        "approved_finance": Look(pgettext_lazy("policy", "Approved by finance")),
        "rejected_marketing": Look(pgettext_lazy("policy", "Rejected by marketing")),
        "rejected_finance": Look(pgettext_lazy("policy", "Rejected by finance")),
        "rejected_configuration": Look(
            pgettext_lazy("policy", "Sent back to its author by the support centre")
        ),
        "rejected_verification": Look(
            pgettext_lazy("policy", "Sent back to the support centre by the supervisor")
        ),
        "configured": Look(pgettext_lazy("policy", "Configured")),
        "verified": Look(pgettext_lazy("policy", "Verified")),
        "effective": Look(pgettext_lazy("policy", "Made effective")),
        "withdrawn": Look(pgettext_lazy("policy", "Withdrawn")),
    },
    "overlap": {
        "against": Look(pgettext_lazy("overlap", "Stands against it"), "bad", "alert-triangle"),
        "meant": Look(pgettext_lazy("overlap", "Meant to come on top"), "", "check"),
    },
    "rounding": {
        "half_up": Look(_("Half a fen up")),
        "half_even": Look(_("Half a fen to the even one")),
        "down": Look(_("Down to a whole fen")),
    },
    "commission_unit": {"fen": Look(_("Yuan")), "point": Look(_("Points"))},
    "case_fact": {
        "sale": Look(pgettext_lazy("test case", "Sale")),
        "line": Look(pgettext_lazy("test case", "Customer's line")),
        "reversal": Look(pgettext_lazy("test case", "Sale taken back"), "warn", "arrow-back-up"),
        "verdict": Look(pgettext_lazy("test case", "Verdict"), "plum", "scan"),
    },
    "trial_kind": {
        "what_if": Look(pgettext_lazy("trial", "What-if"), "info", "chart-bar"),
        "red_team": Look(pgettext_lazy("trial", "Red team"), "plum", "scan"),
    },
    "trial_state": {
        "queued": Look(pgettext_lazy("trial", "Waits for a worker"), "info", "hourglass"),
        "running": Look(pgettext_lazy("trial", "Running"), "info", "refresh"),
        "done": Look(pgettext_lazy("trial", "Done"), "good", "circle-check"),
        "failed": Look(pgettext_lazy("trial", "Failed"), "bad", "circle-x"),
    },
}
"""By field, then by code."""
