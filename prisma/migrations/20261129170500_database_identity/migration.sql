-- CreateTable
CREATE TABLE "database_identity" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "identity" TEXT NOT NULL,
    "met_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "database_identity_pkey" PRIMARY KEY ("id")
);

-- What a dump does not carry along: the cluster, the database in it, the table itself (a restore makes it anew), and the
-- time line, which a recovery to a point in time and a standby that takes over raise.
CREATE FUNCTION database_identity_now() RETURNS TEXT LANGUAGE sql VOLATILE AS $$
    SELECT concat_ws(':',
        (SELECT system_identifier FROM pg_control_system()),
        (SELECT oid FROM pg_database WHERE datname = current_database()),
        'rollout'::regclass::oid,
        CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) END)
$$;
