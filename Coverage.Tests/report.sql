-- A stream's report as PostgreSQL sees it: sections 2 to 4 of semantics.md said in multiranges and windows, from all the
-- segments there are. FOLDER holds the three tables:
--   psql -v folder=FOLDER -f report.sql
-- Kinds are numbered in order of preference: 0 full, 1 suspect, 2 partial, 3 temp. An hour has 3,600,000,000 us.

\cd :folder
create temp table archive (id int primary key, tolerance bigint, first_hour int, last_hour int);
create temp table all_folders (archive int, hour int, bad int);
create temp table all_segments (archive int, hour int, start bigint, duration bigint, kind int, size bigint);
\copy archive from archive.tsv
\copy all_folders from folder.tsv
\copy all_segments from segment.tsv

create function pg_temp.hour_of(instant bigint) returns int immutable return instant / 3600000000;

create function pg_temp.range_of(hour int) returns int8range immutable
    return int8range(hour * 3600000000::bigint, (hour + 1) * 3600000000::bigint);

create function pg_temp.length(range int8range) returns bigint immutable
    return coalesce(upper(range) - lower(range), 0);

-- First hour and last hour cut the world.

create temp table folder as
select f.archive, f.hour, sum(f.bad) as bad
from all_folders f
join archive a on a.id = f.archive
where f.hour between coalesce(a.first_hour, f.hour) and coalesce(a.last_hour, f.hour)
group by f.archive, f.hour;

create temp table segment as
select s.*, s.start + s.duration as finish, int8range(s.start, s.start + s.duration) as span
from all_segments s
join folder using (archive, hour);

-- The best segment for each start time (section 2).

create temp table ranked as
select *, row_number() over (
    partition by archive, start
    order by kind, case kind when 0 then 0 else size end desc, duration desc) as rank
from segment
where kind < 3;

create temp table best as
select *, max(finish) over (
    partition by archive order by start
    rows between unbounded preceding and 1 preceding) as reached
from ranked
where rank = 1;

create index on best (archive, start);
analyze best;

-- Coverage of a stream (section 3). Without a last hour least() has a null, which it passes over.

create temp table stream as
select id, tolerance, extent,
    (coalesce(by_others, '{}') - coalesce(by_full, '{}')) * int8multirange(extent) as partial_only
from (
    select a.id, a.tolerance,
        case when max(duration) > 0
            then int8range(min(start), least(max(finish), upper(pg_temp.range_of(last_hour))))
            else 'empty' end as extent,
        range_agg(span) filter (where kind > 0) as by_others,
        range_agg(span) filter (where kind = 0) as by_full
    from archive a
    left join best b on b.archive = a.id
    group by a.id) as s;

create temp table chain as
with recursive link as (
    (select distinct on (archive) archive, start, span, finish as furthest from best order by archive, start)
    union all
    select l.archive, n.start, n.span, greatest(l.furthest, n.finish)
    from link l
    join archive a on a.id = l.archive
    cross join lateral (
        select * from best b
        where b.archive = l.archive and b.start > l.start and b.start >= l.furthest - a.tolerance
        order by b.start limit 1) as n)
select archive, span from link;

create temp table cover as
with spans as (
    select 'raw' as name, archive, span from best
    union all
    select 'editable', archive, span from chain)
select s.id, n.name, s.tolerance, s.extent,
    coalesce(range_agg(span), '{}') * int8multirange(s.extent) as covered
from stream s
cross join (values ('raw'), ('editable')) as n (name)
left join spans on spans.archive = s.id and spans.name = n.name
group by s.id, n.name, s.tolerance, s.extent;

-- What lies in an extent, as intervals, each with the word for it.
create temp table piece as
select id as archive, name || ' covered' as what, span
from cover, unnest(covered) as span
union all
select id, name || case when pg_temp.length(span) > tolerance then ' hole' else ' seam' end, span
from cover, unnest(int8multirange(extent) - covered) as span
union all
select id, 'partial-only', span
from stream, unnest(partial_only) as span;

-- Time in the way, under the hour and the kind of the segment that is.
create temp table overlap as
select archive, hour, kind, duration as length from ranked where rank > 1
union all
select b.archive, b.hour, b.kind, least(b.reached, b.finish) - b.start
from best b
join archive a on a.id = b.archive
where b.start < b.reached - a.tolerance;

-- Hours (section 4): of those that have neither a folder nor coverage, runs of more than 744 are left out.

create temp table reported as
with either as (
    select archive, hour from folder
    union
    select archive, generate_series(pg_temp.hour_of(lower(span)), pg_temp.hour_of(upper(span) - 1))
    from piece
    where what = 'raw covered'),
run as (
    select archive, hour, lead(hour) over (partition by archive order by hour) as next
    from (
        select archive, hour from either join stream on id = archive where pg_temp.range_of(hour) && extent
        union
        select id, pg_temp.hour_of(lower(extent)) - 1 from stream where not isempty(extent)
        union
        select id, pg_temp.hour_of(upper(extent) - 1) + 1 from stream where not isempty(extent)) as known)
select archive, hour from either
union
select archive, generate_series(hour + 1, next - 1) from run where next - hour - 1 <= 744;

-- The report, a number or a list of intervals a line. What there is none of has no line.

select id, null::int as hour, 'status' as what,
    case when isempty(extent) then 'empty'
        when exists (select from piece where archive = id and what = 'raw hole') then 'incomplete'
        when not isempty(partial_only) then 'partial'
        else 'complete' end as value
from stream
union all
select id, null, 'extent', extent::text from stream where not isempty(extent)
union all
select archive, null, what,
    case when what like '%hole' or what = 'partial-only' then range_agg(span)::text
        else sum(pg_temp.length(span))::text end
from piece
group by archive, what
union all
select archive, hour, 'window', (pg_temp.range_of(hour) * extent)::text
from reported
join stream on id = archive
union all
select archive, hour, what,
    case when what like '%hole' then count(*) || ' of ' else '' end
        || sum(pg_temp.length(span * pg_temp.range_of(hour)))
from piece
join reported using (archive)
where span && pg_temp.range_of(hour)
group by archive, hour, what
union all
select archive, hour, format('segments %s', kind), format('%s of %s', count(*), sum(duration))
from ranked
group by archive, hour, kind
union all
select archive, hour, 'temp', count(*)::text from segment where kind = 3 group by archive, hour
union all
select archive, hour, format('overlaps %s', kind), format('%s of %s', count(*), sum(length))
from overlap
group by archive, hour, kind
union all
select archive, hour, 'bad', bad::text from folder where bad > 0;
