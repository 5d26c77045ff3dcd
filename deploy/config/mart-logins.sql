-- Logins of the mart: one that writes, one that reads, one for the exporter of metrics, one for the second Postgres and its slot. Run by its owner, after
-- `mart migrate` has made the roles; until then it fails, and is tried again. Done again it sets the passwords only.
\set ON_ERROR_STOP on
\set feeder `cat /run/secrets/mart_feeder_password`
\set analyst `cat /run/secrets/mart_analyst_password`
\set exporter `cat /run/secrets/mart_exporter_password`
\set replicator `cat /run/secrets/mart_replicator_password`

select 'gdelt_writer'::regrole, 'gdelt_reader'::regrole;

select format('create role %I login', name)
from unnest(array['feeder', 'analyst', 'exporter', 'replicator']) as wanted (name)
where not exists (select from pg_roles where rolname = name)
\gexec

alter role feeder login password :'feeder';
alter role analyst login password :'analyst';
alter role analyst set statement_timeout = '30s';
alter role exporter login password :'exporter';
alter role replicator login replication password :'replicator';
grant gdelt_writer to feeder;
grant gdelt_reader to analyst;
grant pg_monitor to exporter;

select pg_create_physical_replication_slot('replica')
where not exists (select from pg_replication_slots where slot_name = 'replica');
