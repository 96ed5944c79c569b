"""Read balances, lines and sums. The caller has checked whose account it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from django.db import connection
from django.db.models import BigIntegerField, Case, F, Max, Q, When

from qudao.domain.ledger.models import Account, Carried, Posting
from qudao.domain.ledger.types import CARRIED, AccountId, Balance, Line, Phase, PostingId
from qudao.kernel.money import Money
from qudao.kernel.page import Page, PageRequest
from qudao.kernel.period import month_of
from qudao.platform.tables import arrays, prepared


def account_of(owner: UUID | None, kind: str, asset: str = "CNY") -> AccountId | None:
    """Return the owner's account of a kind, if it was opened."""
    found = Account.objects.filter(owner=owner, kind=kind, asset=asset)
    return found.values_list("id", flat=True).first()  # type: ignore[return-value]


def home_of(account: AccountId) -> str:
    """Return where the postings of an account are filed; empty if it is nobody's branch's."""
    return Account.objects.values_list("home", flat=True).get(id=account)


def balances(accounts: Sequence[AccountId]) -> dict[AccountId, Balance]:
    """Return what limited accounts hold."""
    rows = prepared.fetch(_BALANCES, [arrays.uuids(accounts)])
    return {
        AccountId(account): Balance(
            AccountId(account), Money(balance), Money(floor), frozen, Money(day_out), day
        )
        for account, balance, floor, frozen, day_out, day in rows
    }


_BALANCES = """
SELECT account_id, balance, floor, frozen, day_out, day
FROM ledger_balance WHERE account_id = ANY(%s::uuid[])
"""


def derived_balance(account: AccountId) -> Money:
    """Return what an unlimited account holds: its squashed sum and the postings since."""
    with connection.cursor() as cursor:
        cursor.execute(_DERIVED, [account])
        (amount,) = cursor.fetchone() or (0,)
    return Money(int(amount))


def lines(
    account: AccountId,
    page: PageRequest,
    *,
    first: date | None = None,
    last: date | None = None,
    kind: str = "",
) -> Page[Line]:
    """
    Return a limited account's postings with its balance after each, newest first.

    What lies in the archive is one line at the end, of kind `carried`: what the account held of
    it. What was posted in a later month than it belongs to stands where it was posted.
    """
    rows = Posting.objects.filter(
        Q(source=account, source_balance__isnull=False)
        | Q(target=account, target_balance__isnull=False)
    )
    if last:
        rows = rows.filter(period__lte=month_of(last))
    between = Q()
    if first:
        between &= Q(business_date__gte=first)
    if last:
        between &= Q(business_date__lte=last)
    if kind:
        between &= Q(kind=kind)
    moved = (
        rows.filter(between)
        .annotate(
            change=Case(
                When(source=account, then=-F("amount")),
                default=F("amount"),
                output_field=BigIntegerField(),
            ),
            after=Case(When(source=account, then=F("source_balance")), default=F("target_balance")),
        )
        .values_list("id", "at", "business_date", "kind", "phase", "change", "after", "cause")
    )
    opening, stays = _carried(account)
    if stays is not None:
        late = Carried.objects.filter(between, account=account, posting__gt=stays)
        moved = moved.union(
            late.values_list(
                "posting", "at", "business_date", "kind", "phase", "amount", "balance", "cause"
            ),
            all=True,
        )
    items = [
        Line(PostingId(i), at, day, k, Phase(phase), Money(change), Money(after), cause)
        for i, at, day, k, phase, change, after, cause in moved.order_by("-id")[
            page.offset : page.offset + page.limit
        ]
    ]
    total = moved.count()
    if (
        opening is not None
        and kind in ("", CARRIED)
        and (first or opening.business_date) <= opening.business_date <= (last or date.max)
    ):
        if page.offset <= total < page.offset + page.limit:
            items.append(opening)
        total += 1
    return Page(tuple(items), total, page)


def _carried(account: AccountId) -> tuple[Line | None, int | None]:
    """
    What was carried from before all postings of the table, as one line; and the first of these
    postings, if some of the archive came after it.
    """
    rows = Carried.objects.filter(account=account).order_by("posting")
    found = list(rows.values_list("posting", "at", "business_date", "amount"))
    if not found:
        return None, None
    firsts = [
        Posting.objects.filter(**{end: account, f"{end}_balance__isnull": False})
        .order_by("id")
        .values_list("id", flat=True)
        .first()
        for end in ("source", "target")
    ]
    stays = min((one for one in firsts if one is not None), default=None)
    before = [one for one in found if stays is None or one[0] < stays]
    after = stays if len(before) < len(found) else None
    if not before:
        return None, after
    posting, at, day, _ = before[-1]
    held = Money(sum(one[3] for one in before))
    line = Line(PostingId(posting), at, day, CARRIED, Phase.SINGLE, held, held, UUID(int=0))
    return line, after


def postings_of(causes: Iterable[UUID], kind: str) -> dict[UUID, PostingId]:
    """Return the posting of a kind by which each cause moved something at once."""
    rows = Posting.objects.filter(cause__in=list(causes), kind=kind, phase=Phase.SINGLE)
    return {cause: PostingId(i) for cause, i in rows.order_by("-id").values_list("cause", "id")}


def cause_of(posting: PostingId, kind: str = "") -> UUID | None:
    """Return what a posting was for, if there is one that resolves none, of a kind if given."""
    rows = Posting.objects.filter(id=posting, resolves__isnull=True)
    if kind:
        rows = rows.filter(kind=kind)
    return rows.values_list("cause", flat=True).first()


def amount_of(posting: PostingId) -> Money:
    """Return what a posting moved."""
    return Money(Posting.objects.values_list("amount", flat=True).get(id=posting))


def last_posting_before(day: date) -> PostingId | None:
    """Return the last posting of the business days before `day`, if there is any."""
    found = Posting.objects.filter(business_date__lt=day).order_by("-id")
    last = found.values_list("id", flat=True).first()
    return None if last is None else PostingId(last)


def pending_in(month: date) -> int:
    """Return how many pending postings of a month are not resolved."""
    with connection.cursor() as cursor:
        cursor.execute(_PENDING, [month])
        return int((cursor.fetchone() or (0,))[0])


def beyond_squash(month: date) -> int:
    """Return how many unlimited accounts have postings of a month that are not folded in yet."""
    with connection.cursor() as cursor:
        cursor.execute(_BEYOND_SQUASH, [month])
        return int((cursor.fetchone() or (0,))[0])


def last_day_of(month: date) -> date | None:
    """Return the last business day, maybe of a later month, on which a month's were posted."""
    days = Posting.objects.filter(period=month).aggregate(last=Max("business_date"))
    found: date | None = days["last"]
    return found


def in_archive(month: date) -> bool:
    """Return whether postings of a month lie in the archive."""
    return Carried.objects.filter(period=month).exists()


def unbalanced() -> list[str]:
    """
    Return what is wrong with the ledger, in words; nothing when it is sound.

    Every limited account equals the sum of its postings and of what is carried of months in the
    archive; every running balance follows from the one before; no pending posting is resolved by a
    different amount; each posting has its accounts, its home and, if it resolves another one, that
    one. What is carried of a month adds up to nothing, and squashes hold what they should.
    """
    problems: list[str] = []
    with connection.cursor() as cursor:
        for query in _FAULTS:
            cursor.execute(query)
            problems += [row[0] for row in cursor.fetchall()]
    return problems


_DERIVED = """
SELECT coalesce(max(s.balance), 0) + coalesce(sum(leg.amount), 0)
FROM (SELECT %s::uuid AS id) a
LEFT JOIN ledger_squash s ON s.account_id = a.id
LEFT JOIN LATERAL (
    SELECT CASE WHEN p.target_id = a.id THEN p.amount ELSE -p.amount END AS amount
    FROM ledger_posting p
    WHERE (p.target_id = a.id OR p.source_id = a.id)
      AND p.id > (SELECT coalesce(max(upto), 0) FROM ledger_squash)
) leg ON true
"""

_PENDING = """
SELECT count(*) FROM ledger_posting p
WHERE p.period = %s AND p.phase = 'pending' AND NOT EXISTS (
    SELECT FROM ledger_posting r
    WHERE r.resolves_id = p.id AND r.period = p.period AND r.home = p.home)
"""

_BEYOND_SQUASH = """
WITH own AS (SELECT source_id, target_id, id FROM ledger_posting WHERE period = %s)
SELECT count(*) FROM (
    SELECT account, max(id) AS last FROM (
        SELECT source_id AS account, id FROM own UNION ALL SELECT target_id, id FROM own) leg
    GROUP BY account) l
JOIN ledger_account a ON a.id = l.account AND NOT a.limited
LEFT JOIN ledger_squash s ON s.account_id = a.id
WHERE l.last > coalesce(s.upto, 0)
"""

_UNEQUAL = """
WITH legs AS (
    SELECT account, sum(amount) AS amount FROM (
        SELECT source_id AS account, -amount AS amount FROM ledger_posting
        UNION ALL SELECT target_id, amount FROM ledger_posting
        UNION ALL SELECT account, amount FROM ledger_carried) leg
    GROUP BY account)
SELECT format('account %s holds %s, its postings say %s', b.account_id, b.balance,
              coalesce(l.amount, 0))
FROM ledger_balance b LEFT JOIN legs l ON l.account = b.account_id
WHERE b.balance <> coalesce(l.amount, 0)
LIMIT 20
"""

# A sum that was carried has no balance of its own: it counts for what comes after it.
_BROKEN_LINES = """
WITH line AS (
    SELECT source_id AS account, id, -amount AS amount, source_balance AS balance
    FROM ledger_posting WHERE source_balance IS NOT NULL
    UNION ALL
    SELECT target_id, id, amount, target_balance
    FROM ledger_posting WHERE target_balance IS NOT NULL
    UNION ALL
    SELECT account, posting, amount, NULL FROM ledger_carried
), followed AS (
    SELECT *, sum(amount) OVER (PARTITION BY account ORDER BY id) AS follows FROM line)
SELECT format('posting %s leaves account %s with %s, not %s', id, account, balance, follows)
FROM followed WHERE balance <> follows
ORDER BY id LIMIT 20
"""

_UNCARRIED = """
SELECT format('what was carried of %s adds up to %s', to_char(period, 'YYYY-MM'), sum(amount))
FROM ledger_carried GROUP BY period HAVING sum(amount) <> 0
LIMIT 20
"""

_UNSQUASHED = """
WITH legs AS (
    SELECT leg.account, sum(leg.amount) AS amount FROM (
        SELECT source_id AS account, id, -amount AS amount FROM ledger_posting
        UNION ALL SELECT target_id, id, amount FROM ledger_posting
        UNION ALL SELECT account, posting, amount FROM ledger_carried) leg
    JOIN ledger_squash s ON s.account_id = leg.account AND leg.id <= s.upto
    GROUP BY leg.account)
SELECT format('account %s was summed up as %s, its postings say %s', s.account_id, s.balance,
              coalesce(l.amount, 0))
FROM ledger_squash s LEFT JOIN legs l ON l.account = s.account_id
WHERE s.balance <> coalesce(l.amount, 0)
LIMIT 20
"""

_ODD_RESOLUTIONS = """
SELECT format('posting %s resolves %s with another amount or from another account', r.id, p.id)
FROM ledger_posting r
JOIN ledger_posting p ON p.id = r.resolves_id AND p.period = r.period AND p.home = r.home
WHERE r.amount <> p.amount OR r.source_id <> p.target_id
   OR (r.phase = 'void' AND r.target_id <> p.source_id)
LIMIT 20
"""

# What foreign keys would have refused.
_ASTRAY = """
SELECT format('posting %s: %s', p.id, fault.what)
FROM ledger_posting p
LEFT JOIN ledger_account s ON s.id = p.source_id
LEFT JOIN ledger_account t ON t.id = p.target_id
LEFT JOIN ledger_posting r ON r.id = p.resolves_id AND r.period = p.period AND r.home = p.home
CROSS JOIN LATERAL (VALUES
    (s.id IS NULL, 'its source is no account'),
    (t.id IS NULL, 'its target is no account'),
    (p.resolves_id IS NOT NULL AND r.id IS NULL, 'what it resolves is not there'),
    (s.limited AND s.home <> p.home OR NOT s.limited AND t.limited AND t.home <> p.home,
     'it is filed at another home than its account'),
    (s.limited <> (p.source_balance IS NOT NULL) OR t.limited <> (p.target_balance IS NOT NULL),
     'it has balances where its accounts have no limit, or none where they have one')
) fault(wrong, what)
WHERE fault.wrong LIMIT 20
"""

_HOMELESS = """
SELECT format('account %s has its balance at home %s, not %s', a.id, coalesce(b.home, 'none'),
              a.home)
FROM ledger_account a LEFT JOIN ledger_balance b ON b.account_id = a.id
WHERE a.limited <> (b.account_id IS NOT NULL) OR b.home <> a.home
UNION ALL
SELECT format('account %s has more than one balance', account_id)
FROM ledger_balance GROUP BY account_id HAVING count(*) > 1
LIMIT 20
"""

_FAULTS = (
    _UNEQUAL,
    _BROKEN_LINES,
    _UNCARRIED,
    _UNSQUASHED,
    _ODD_RESOLUTIONS,
    _ASTRAY,
    _HOMELESS,
)
