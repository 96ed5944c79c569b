"""Refusals of commission policies."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "commission.branch_needed": _(
        "A policy belongs to a branch or to the province, not to a %(organization_kind)s. Choose "
        "a branch."
    ),
    "commission.branches_not_yours": _(
        "A branch's policy holds in that branch alone, not in %(branches)s. Leave the branches "
        "empty."
    ),
    "commission.budget_too_small": _(
        "By the last what-if a month costs %(cost)s, more than the budget of %(budget)s. Raise the "
        "budget, or lower the terms and run the what-if again."
    ),
    "commission.case_fails": _(
        "Test case %(case)s, row %(row)s (0: the outlet as such): %(expected)s were expected, the "
        "configured rules pay %(computed)s. Correct the case, or reject the configuration."
    ),
    "commission.case_invalid": _(
        "Test case %(case)s, row %(row)s (0: the whole case): %(case_problem)s. Correct it and "
        "verify again."
    ),
    "commission.cases_missing": _(
        "No test case shows what these rules pay: %(rules)s. Add a row that earns by them."
    ),
    "commission.policy_changed": _(
        "Somebody else has saved this draft meanwhile (edition %(edition)s). Open it again and "
        "repeat your change."
    ),
    "commission.policy_invalid": _(
        "%(problems)s The policy cannot be paid as it stands: mend it, and try again."
    ),
    "commission.policy_not_so": _(
        "This cannot be done now: the policy %(policy_state)s. Look at it again."
    ),
    "commission.policy_overlaps": _(
        "The rules %(rules)s pay for the same as other policies: %(policies)s. Narrow the outlets, "
        "the businesses or the days; or name these policies under 'on top of' if both shall pay."
    ),
    "commission.policy_retroactive": _(
        "It would begin on %(valid_from)s, but what was before %(earliest)s is settled. Choose a "
        "later first day."
    ),
    "commission.policy_unknown": _(
        "There is no such policy where you may look (%(policy)s). Go back to the list."
    ),
    "commission.province_decides": _(
        "Only people whose area is the whole province may do this. Ask the province's department."
    ),
    "commission.reason_missing": _("Give a reason of at least two characters."),
    "commission.same_person": _(
        "Somebody else has to do this: the step before it was yours. Ask a colleague."
    ),
    "commission.trial_months_invalid": _(
        "Choose one to twelve past months for which there are figures, not %(months)s."
    ),
    "commission.trial_under_way": _(
        "Such a trial of this draft is running already. Wait until it has ended."
    ),
    "commission.trial_unknown": _(
        "There is no such trial where you may look (%(trial)s). Go back to the policy."
    ),
    "trials.price_out_of_range": _(
        "This price cannot be: look at its field %(field)s. Prices go from nothing to ¥10,000, the "
        "share that comes back from 0 to 100 per cent."
    ),
}
