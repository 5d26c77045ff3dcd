#!/bin/sh
# The second Postgres: copies the first one when it has nothing yet, and then follows it, by a slot that job mart-logins
# makes. Promoted by hand (docs/operations.md) it is one of its own, and is left alone from then on.
set -eu
primary="host=tasks.postgres port=5432 user=replicator application_name=replica"
umask 077
# The password, for whatever speaks to the first one; in memory only.
printf 'tasks.postgres:5432:*:replicator:%s\n' "$(cat /run/secrets/mart_replicator_password)" >/tmp/pgpass
export PGPASSFILE=/tmp/pgpass
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    # What a copy that was interrupted has left.
    rm -rf "$PGDATA"
    mkdir -p "$PGDATA"
    pg_basebackup --pgdata "$PGDATA" --dbname "$primary" --slot replica --wal-method stream --checkpoint fast --write-recovery-conf
fi
exec postgres -c hot_standby=on -c hot_standby_feedback=on -c primary_slot_name=replica \
    -c "primary_conninfo=$primary passfile=/tmp/pgpass" -c hba_file=/etc/pg-hba.conf -c listen_addresses='*' "$@"
