-- A login that only feeds the mart may have old days dropped (migrations/0003), and by a mistake could
-- have dropped all of them. How old a day must be is the owner's to say.

create function ops.kept_at_least() returns interval
language sql immutable as $$ select interval '9 days' $$;
comment on function ops.kept_at_least is
  'How long before the newest day of its table a day must lie to be dropped by somebody who is not the owner: as long as events wait, and a day. The owner changes it by replacing the function.';

create or replace function ops.drop_day(parent regclass, day date) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  partition regclass;
  newest date;
begin
  perform pg_advisory_xact_lock(hashtext('gdelt-streams partitions'));
  select i.inhrelid into partition
    from pg_inherits i
    join pg_class p on p.oid = i.inhparent join pg_namespace n on n.oid = p.relnamespace
    join pg_class c on c.oid = i.inhrelid
    where p.oid = parent and n.nspname in ('silver', 'ops')
      and pg_get_partkeydef(p.oid) = 'RANGE (slice)'
      and c.relname = p.relname || '_' || to_char(day, 'YYYYMMDD');
  if partition is null then
    return;
  end if;
  select max(to_date(right(c.relname, 8), 'YYYYMMDD')) into newest
    from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = parent;
  -- The owner may drop the table itself.
  if newest - day <= extract(epoch from ops.kept_at_least()) / 86400
    and not pg_has_role(session_user, current_user, 'usage') then
    raise exception '% is not older than % before %, the newest day: only the owner may drop it',
      partition, ops.kept_at_least(), newest
      using errcode = 'insufficient_privilege',
        hint = 'The owner changes ops.kept_at_least(), or mart.retention is to be longer.';
  end if;
  execute format('drop table %s', partition);
end $$;
