-- Who may do what in the mart. The owner of the tables, who applies these files, makes two roles that
-- nobody can log in as; logins are made members of them (docs/mart.md):
--
--   gdelt_writer  feeds the tables: reads and writes rows, and has partitions made for new days, and
--                 dropped for old ones;
--   gdelt_reader  reads the tables.
--
-- Neither can alter or drop anything else, nor does either see other schemas.

create function ops.provide_day(parent regclass, day date) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  partition text;
begin
  -- Whoever adds partitions has this lock, so that two do not add the same.
  perform pg_advisory_xact_lock(hashtext('gdelt-streams partitions'));
  select format('%I.%I', n.nspname, c.relname || '_' || to_char(day, 'YYYYMMDD')) into partition
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.oid = parent and n.nspname in ('silver', 'ops')
      and pg_get_partkeydef(c.oid) = 'RANGE (slice)';
  if partition is null then
    raise exception '% has no partitions by day', parent using errcode = 'wrong_object_type';
  end if;
  if exists (select from pg_inherits where inhparent = parent and inhrelid = to_regclass(partition)) then
    return;
  end if;
  -- Made apart and attached, which locks nobody out of the table.
  execute format('create table %s (like %s including defaults including constraints)', partition, parent);
  execute format('alter table %s attach partition %s for values from (%L) to (%L)',
    parent, partition, day || ' 00:00+00', day + 1 || ' 00:00+00');
end $$;
comment on function ops.provide_day is
  'Makes the partition of a table for a UTC day, if it is not there; with the rights of the owner, so that who writes rows need not be one.';
revoke execute on function ops.provide_day from public;

create function ops.drop_day(parent regclass, day date) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  partition regclass;
begin
  perform pg_advisory_xact_lock(hashtext('gdelt-streams partitions'));
  select i.inhrelid into partition
    from pg_inherits i
    join pg_class p on p.oid = i.inhparent join pg_namespace n on n.oid = p.relnamespace
    join pg_class c on c.oid = i.inhrelid
    where p.oid = parent and n.nspname in ('silver', 'ops')
      and pg_get_partkeydef(p.oid) = 'RANGE (slice)'
      and c.relname = p.relname || '_' || to_char(day, 'YYYYMMDD');
  if partition is not null then
    execute format('drop table %s', partition);
  end if;
end $$;
comment on function ops.drop_day is
  'Drops the partition of a table for a UTC day, if it is there; with the rights of the owner, for the retention of the mart.';
revoke execute on function ops.drop_day from public;

create function ops.provide_roles() returns text[]
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  owner name := (select nspowner::regrole::name from pg_namespace where nspname = 'ops');
  missing text[] := '{}';
  role text;
begin
  foreach role in array array['gdelt_writer', 'gdelt_reader'] loop
    begin
      if to_regrole(role) is null then
        execute format('create role %I nologin', role);
      end if;
    exception
      -- Roles are the server's: it may be making them for another database of ours just now.
      when duplicate_object or unique_violation then null;
      when insufficient_privilege then
        missing := missing || role;
        continue;
    end;
    execute format('grant usage on schema silver, ops to %I', role);
    execute format('grant select on all tables in schema silver, ops to %I', role);
    -- Of tables and partitions that are yet to be made.
    execute format('alter default privileges for role %I in schema silver, ops grant select on tables to %I', owner, role);
  end loop;
  if to_regrole('gdelt_writer') is not null then
    grant insert, update on all tables in schema silver, ops to gdelt_writer;
    revoke insert, update on ops.migrations from gdelt_writer;
    grant execute on function ops.provide_day, ops.drop_day to gdelt_writer;
    execute format('alter default privileges for role %I in schema silver, ops grant insert, update on tables to gdelt_writer', owner);
  end if;
  return missing;
end $$;
comment on function ops.provide_roles is
  'Makes gdelt_writer and gdelt_reader, and grants them what they may do. The names of those that are not there, because who asks may not create roles: then an administrator makes them, and this is called again.';
revoke execute on function ops.provide_roles from public;

select ops.provide_roles();
