"""Refusals of settlements, payouts, disputes and points."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "commission.adjustment_empty": _("An adjustment of nothing changes nothing. Enter an amount."),
    "commission.answer_contradicts": _(
        "The bank had answered otherwise before for %(references)s. Ask the bank which is right."
    ),
    "commission.answer_for_another": _(
        "The file answers the payout %(number)s. Open that one and take it in there."
    ),
    "commission.answer_unreadable": _(
        "The file is no status report (pain.002). Fetch the bank's answer again, as XML."
    ),
    "commission.bank_details_unfit": _(
        "The account at the bank is not complete. Enter its owner, its number (8 to 30 digits) and "
        "the twelve digits of the bank's branch; look at: %(field)s."
    ),
    "commission.books_unequal": _(
        "Lines, statements and postings do not agree: %(problems)s. Nothing was closed; tell the "
        "support centre."
    ),
    "commission.branch_unknown": _(
        "There is no such branch where you may act (%(branch)s). Choose another."
    ),
    "commission.budget_exceeded": _(
        "These policies cost %(over)s more than their budgets: %(policies)s. Send the month back, "
        "or have the budgets raised."
    ),
    "commission.claim_missing": _("Say what is wrong, or why. Enter some words."),
    "commission.correction_unfit": _(
        "What is declined has no correction. Accept it, or leave the correction empty."
    ),
    "commission.dispute_not_found": _(
        "There is no such dispute where you may look (%(dispute)s). Go back to the list."
    ),
    "commission.dispute_open": _(
        "This line is disputed already. Wait for the answer, or withdraw the dispute."
    ),
    "commission.dispute_over": _("The dispute has ended (%(state)s). Open another one if needed."),
    "commission.dispute_too_late": _(
        "Lines of this month could be disputed until %(until)s. Talk to your channel manager."
    ),
    "commission.earlier_month_open": _(
        "The month before (%(month)s) is not posted yet, and what it carries belongs to this one. "
        "Post it first."
    ),
    "commission.line_not_found": _(
        "The statement has no such line (rule %(rule)s, fact %(fact)s). Go back to it."
    ),
    "commission.lines_unreadable": _(
        "The month's lines are not in the lake. Have it computed again."
    ),
    "commission.month_not_over": _(
        "The month of %(month)s is not over. Check it after its last day."
    ),
    "commission.month_not_settled": _(
        "The month of %(month)s is not approved yet: it is computed anew, not adjusted."
    ),
    "commission.month_unfit": _(
        "The month of %(month)s cannot be settled. Choose one that has begun."
    ),
    "commission.nothing_payable": _(
        "Nothing of this branch waits for the bank with complete accounts. Ask the outlets for "
        "their accounts."
    ),
    "commission.outlets_unknown": _(
        "Lines are of outlets that are not there: %(numbers)s. Look at the extracts, and compute "
        "again."
    ),
    "commission.payment_unknown": _(
        "The file answers payments that this payout does not have: %(references)s. Ask the bank."
    ),
    "commission.payments_outstanding": _(
        "The bank has not answered %(count)s payments. Take in its answer first."
    ),
    "commission.payout_not_found": _(
        "There is no such payout where you may look (%(payout)s). Go back to the list."
    ),
    "commission.points_missing": _(
        "This costs %(needed)s points, and you have %(have)s. Choose something else."
    ),
    "commission.province_expected": _(
        "A settlement is that of a province (%(organization)s is none where you may act). Act in "
        "the province's name."
    ),
    "commission.redemption_not_found": _(
        "Nothing waits to be handed over here (%(redemption)s). Go back to the list."
    ),
    "commission.reward_not_offered": _(
        "This is not offered any more (%(reward)s). Choose another."
    ),
    "commission.reward_unfit": _(
        "A reward has a code, a name in both languages, and costs points; look at: %(field)s."
    ),
    "commission.settlement_not_found": _(
        "There is no such settlement where you may look (%(settlement)s). Go back to the list."
    ),
    "commission.state_unfit": _(
        "The month is at another step now (%(state)s). Look at its page to see what comes next."
    ),
    "commission.statement_not_found": _(
        "There is no such statement where you may look (%(statement)s). Go back to the list."
    ),
    "commission.still_running": _("A worker is at it (%(running)s). Wait until it has ended."),
    "commission.tax_bands_unfit": _(
        "The bands do not fit together (%(problems)s): they ascend, the last one has no end, and "
        "rates are at most 100 %%."
    ),
    "commission.tax_month_settled": _(
        "Taxes change from a month on that has not begun; %(month)s has. Choose a later one."
    ),
}
