"""Refusals of policies that are submitted."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "policies.not_verified": _(
        "No test case of this policy was computed as expected yet. Open “Verify on test cases” on "
        "this task's page and verify there: that does the task as well."
    ),
    "policies.provinces_own": _(
        "This policy is the province's own: decide on it on its page. Branches submit theirs."
    ),
}
