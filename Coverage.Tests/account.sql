-- A stream's account as PostgreSQL sees it: section 9 of semantics.md said in multiranges, after report.sql in the same session.
-- FOLDER holds one table more, of what is given, a line for each archive:
--   psql -v folder=FOLDER -f report.sql -f account.sql

\cd :folder
create temp table given (
    archive int primary key, now bigint, settling bigint, keep bigint, expected int8multirange,
    acknowledged int8multirange, unread int8multirange, reach int8multirange);
\copy given from given.tsv

create function pg_temp.length(ranges int8multirange) returns numeric immutable
    return (select coalesce(sum(pg_temp.length(range)), 0) from unnest(ranges) as range);

-- Those of some ranges that are no longer than the tolerance and have an end in common with one of others.
create function pg_temp.short_beside(ranges int8multirange, others int8multirange, tolerance bigint)
    returns int8multirange immutable
    return (
        select coalesce(range_agg(range), '{}')
        from unnest(ranges) as range
        where pg_temp.length(range) <= tolerance
            and exists (select from unnest(others) as other where other -|- range));

-- Each step adds what the table of section 9 needs next.

create temp table known as
select g.*, s.tolerance, s.extent, s.partial_only, c.covered,
    int8range(a.first_hour * 3600000000::bigint, (a.last_hour + 1) * 3600000000::bigint) as world,
    a.first_hour is not null and a.last_hour is not null as has_range,
    int8multirange(int8range(g.now - g.keep, null)) as kept,
    int8multirange(int8range(null, g.now)) as before_now
from given g
join archive a on a.id = g.archive
join stream s on s.id = g.archive
join cover c on c.id = g.archive and c.name = 'raw';

create temp table expecting as
select *, int8multirange(world) * case
    when expected is not null then expected
    when has_range then int8multirange(world)
    else int8multirange(range_merge(int8multirange(extent) + unread)) end as x
from known;

create temp table spanning as
select *, int8multirange(world) * int8multirange(range_merge(
    int8multirange(extent) + x * before_now + unread * before_now)) as span
from expecting;

create temp table sealed as
select *, pg_temp.short_beside(x - covered, covered, tolerance) * span * x * kept as seam
from spanning;

create temp table losing as
select *, span * x * kept - covered - seam as lost from sealed;

create temp table resting as
select *, pg_temp.short_beside(lost - acknowledged, lost * acknowledged, tolerance) as rest from losing;

create temp table waiting as
select *, lost - acknowledged - rest - reach as waiting from resting;

create temp table word as
select archive, w.word, w.ranges
from waiting,
lateral (values
    ('full', covered - partial_only),
    ('partial', partial_only),
    ('unexpected', span - covered - x * kept),
    ('seam', seam),
    ('acknowledged', lost * acknowledged + rest),
    ('unknown', (lost - acknowledged - rest) * reach),
    ('ahead', waiting * int8multirange(int8range(now, null))),
    ('pending', waiting * int8multirange(int8range(now - settling, now))),
    ('missing', waiting * int8multirange(int8range(null, least(now, now - settling))))) as w (word, ranges)
where not isempty(w.ranges);

select archive, word, ranges from word
union all
select archive, 'span', span from waiting where not isempty(span);

select archive, format('%s in %s', word, hour), pg_temp.length(ranges * int8multirange(pg_temp.range_of(hour)))
from word
join folder using (archive)
where ranges && pg_temp.range_of(hour);

select w.archive, 'verdict', case
    when isempty(span) then 'empty'
    when 'missing' = any(words) then 'missing'
    when 'unknown' = any(words) or not isempty(unread) then 'unknown'
    when exists (select from best b where b.archive = w.archive and b.start > now + 300000000) then 'ahead'
    when 'pending' = any(words) then 'pending'
    when 'partial' = any(words) then 'partial'
    else 'complete' end
from waiting w
left join (select archive, array_agg(word) as words from word group by archive) as said using (archive);
