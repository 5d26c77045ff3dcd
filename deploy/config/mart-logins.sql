-- Logins of the mart: one that writes, one that reads, one for the exporter of metrics. Run by its owner, after
-- `mart migrate` has made the roles; until then it fails, and is tried again. Done again it sets the passwords only.
\set ON_ERROR_STOP on
\set feeder `cat /run/secrets/mart_feeder_password`
\set analyst `cat /run/secrets/mart_analyst_password`
\set exporter `cat /run/secrets/mart_exporter_password`

select 'gdelt_writer'::regrole, 'gdelt_reader'::regrole;

select format('create role %I login', name)
from unnest(array['feeder', 'analyst', 'exporter']) as wanted (name)
where not exists (select from pg_roles where rolname = name)
\gexec

alter role feeder login password :'feeder';
alter role analyst login password :'analyst';
alter role analyst set statement_timeout = '30s';
alter role exporter login password :'exporter';
grant gdelt_writer to feeder;
grant gdelt_reader to analyst;
grant pg_monitor to exporter;
