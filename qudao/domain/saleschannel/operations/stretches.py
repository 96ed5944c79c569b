"""Note on which days an outlet was what."""

from __future__ import annotations

from django.db import connection

from qudao.kernel.period import business_date
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context


@command("saleschannel.note_attributes")
def note_attributes(ctx: Context) -> int:
    """
    Note for today what every outlet is: branch, kind, star, tier, state; return how many changed.

    What was noted last counts for the whole day. An outlet that is noted for the first time was
    the same since its organization was made. Several times a day does no harm.
    """
    with connection.cursor() as cursor:
        # one at a time: two that note the same change would both begin a stretch
        cursor.execute("LOCK TABLE saleschannel_stretch IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(_NOTE, {"day": business_date(ctx.at)})
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


# An outlet belongs to the nearest unit above it that has a division: mostly a branch; the
# electronic halls of the whole province to the province itself.
_NOTE = """
WITH unit AS (
    SELECT path, left(division_code, 4) AS branch FROM party_organization
    WHERE kind IN ('branch', 'province') AND division_code <> ''
), present AS (
    SELECT DISTINCT ON (o.organization_id) o.organization_id AS outlet_id, u.branch,
           coalesce(nullif(p.division_code, ''), u.branch) AS district, o.kind_id AS kind,
           k.ownership, o.market, coalesce(o.star, 0)::smallint AS star, o.tier, o.state,
           least(%(day)s, (p.created_at AT TIME ZONE 'Asia/Shanghai')::date) AS first_day
    FROM saleschannel_outlet o
    JOIN saleschannel_kind k ON k.code = o.kind_id
    JOIN party_organization p ON p.id = o.organization_id
    JOIN unit u ON starts_with(p.path, u.path || '.')
    ORDER BY o.organization_id, length(u.path) DESC
), changed AS (
    SELECT n.*, s.id AS stretch, s.from_day
    FROM present n
    LEFT JOIN saleschannel_stretch s ON s.outlet_id = n.outlet_id AND s.until_day IS NULL
    WHERE s.id IS NULL
       OR (n.branch, n.district, n.kind, n.ownership, n.market, n.star, n.tier, n.state)
          IS DISTINCT FROM
          (s.branch, s.district, s.kind, s.ownership, s.market, s.star, s.tier, s.state)
), again AS (
    UPDATE saleschannel_stretch s
    SET branch = c.branch, district = c.district, kind = c.kind, ownership = c.ownership,
        market = c.market, star = c.star, tier = c.tier, state = c.state
    FROM changed c WHERE s.id = c.stretch AND c.from_day >= %(day)s
), ended AS (
    UPDATE saleschannel_stretch s SET until_day = %(day)s
    FROM changed c WHERE s.id = c.stretch AND c.from_day < %(day)s
    RETURNING s.outlet_id
), begun AS (
    INSERT INTO saleschannel_stretch
        (outlet_id, from_day, branch, district, kind, ownership, market, star, tier, state)
    SELECT outlet_id, CASE WHEN stretch IS NULL THEN first_day ELSE %(day)s END, branch, district,
           kind, ownership, market, star, tier, state
    FROM changed
    -- the end of the stretch before must be written first: only one may be open
    WHERE stretch IS NULL OR outlet_id IN (SELECT outlet_id FROM ended)
)
SELECT count(*) FROM changed
"""
