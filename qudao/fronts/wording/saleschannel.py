"""Refusals of outlets."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "saleschannel.business_not_allowed": _(
        "Your outlet was not given this business: %(business)s. Ask your channel manager."
    ),
    "saleschannel.channel_kind_unknown": _(
        "There is no kind of channel %(channel_kind)s. Choose one of the list."
    ),
    "saleschannel.contract_missing": _(
        "A partner's outlet starts only with a contract that is valid that day. Enter one, or wait"
        " for it."
    ),
    "saleschannel.contract_not_valid": _(
        "The outlet's contract does not cover today (from %(contract_from)s to "
        "%(contract_until)s). Ask your channel manager to renew it."
    ),
    "saleschannel.node_code_invalid": _(
        "The node code %(node_code)s does not fit the place and kind: it begins with "
        "%(prefix)s and ends with a check digit."
    ),
    "saleschannel.node_code_taken": _(
        "Another outlet has the node code %(node_code)s. Choose another."
    ),
    "saleschannel.node_codes_exhausted": _(
        "All numbers beginning with %(prefix)s are given. Ask the province."
    ),
    "saleschannel.opening_hours_invalid": _(
        "The opening hours cannot be read: %(problem)s. Write spans such as 09:00 to 18:30, in"
        " order."
    ),
    "saleschannel.outlet_field_invalid": _(
        "A field has no sensible value: %(field)s. Correct it and send it again."
    ),
    "saleschannel.outlet_not_active": _(
        "This outlet may not sell: its state is %(state)s. Ask your channel manager."
    ),
    "saleschannel.outlet_shut": _(
        "The outlet is outside its opening hours. Sell when it is open, or have the hours changed."
    ),
    "saleschannel.outlet_state_conflict": _(
        "This is not possible from the state %(state)s (wanted: %(wanted)s)."
    ),
    "saleschannel.outlet_unknown": _("There is no such outlet where you may look (%(outlet)s)."),
    "saleschannel.photographs_uneven": _(
        "An on-site check has one to %(most)s photographs; these are %(given)s. Add or leave out "
        "some."
    ),
    "saleschannel.place_unsuitable": _(
        "Outlets stand below a branch or a county, not below a %(organization_kind)s."
    ),
    "saleschannel.reason_missing": _("Give a reason."),
    "saleschannel.sale_above_limit": _(
        "One sale here may be worth at most %(limit)s. Split it, or ask your channel manager "
        "for a higher limit."
    ),
    "saleschannel.survey_unknown": _(
        "There is no such on-site check or photograph where you may look (%(survey)s)."
    ),
}
