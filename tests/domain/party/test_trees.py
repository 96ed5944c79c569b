"""Many organizations at once are the same as one by one."""

from dataclasses import replace

import pytest
from django.db import transaction

from qudao.domain.party import operations as party
from qudao.domain.party import queries
from qudao.domain.party.models import Organization
from qudao.domain.party.types import OrganizationDraft, OrganizationKind
from qudao.kernel.page import PageRequest
from qudao.kernel.refusals import Refusal
from qudao.kernel.scope import Scope
from tests.domain.party.conftest import system

pytestmark = pytest.mark.django_db

K = OrganizationKind
DRAFTS = [
    OrganizationDraft(K.GROUP, "000", "集团", "Group", None),
    OrganizationDraft(K.PROVINCE, "41", "河南", "Henan", "000", "41"),
    OrganizationDraft(K.BRANCH, "4101", "郑州", "Zhengzhou", "41", "4101"),
    OrganizationDraft(K.COUNTY, "410102", "中原区", "Zhongyuan District", "4101", "410102"),
]


def shape() -> list[tuple[object, ...]]:
    rows = Organization.objects.unscoped("test").order_by("path")
    return list(
        rows.values_list("kind", "code", "name_zh", "path", "parent__code", "division_code")
    )


def test_the_tree_is_the_one_that_single_steps_build() -> None:
    with transaction.atomic():
        ids = party.create_organizations(system(), drafts=DRAFTS[:2])
        ids += party.create_organizations(system(), drafts=DRAFTS[2:])
        together = shape()
        transaction.set_rollback(True)
    assert shape() == []
    known = {}
    for draft in DRAFTS:
        known[draft.code] = party.create_organization(
            system(),
            kind=draft.kind,
            code=draft.code,
            name_zh=draft.name_zh,
            name_en=draft.name_en,
            parent=known.get(draft.parent or ""),
            division_code=draft.division_code,
        )
    assert shape() == together
    assert len(set(ids)) == len(DRAFTS)


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"code": "a.b"}, party.InvalidCode),
        ({"code": "4101"}, party.DuplicateCode),
        ({"parent": "99"}, party.InvalidCode),
        ({"parent": "410102"}, party.WrongLevel),
        ({"parent": None}, party.InvalidCode),
        ({"name_zh": ""}, party.InvalidName),
    ],
)
def test_one_wrong_draft_refuses_all(wrong: dict[str, str], refusal: type[Refusal]) -> None:
    bad = replace(OrganizationDraft(K.COUNTY, "410103", "二七区", "Erqi", "4101"), **wrong)
    with pytest.raises(refusal):
        party.create_organizations(system(), drafts=[*DRAFTS, bad])
    assert shape() == []


def test_nothing_is_added_outside_the_scope() -> None:
    party.create_organizations(system(), drafts=DRAFTS[:2])
    elsewhere = replace(system(), scope=Scope.of(["000.42"]))
    with pytest.raises(party.InvalidCode):
        party.create_organizations(elsewhere, drafts=DRAFTS[2:])
    assert queries.organizations(system(), PageRequest(10)).total == 2
