-- Which silos there are, and the statements by which Orleans reads and writes them.
--
-- Orleans asks OrleansQuery for its statements by key and runs them with the parameters that its documentation names. A table of
-- silos has a version, which each change but a sign of life increments: who would change it says which version was read, and changes
-- nothing when another was faster. So two silos that were cut off from each other cannot both declare the other dead.
--
-- Statements lock the silo's row first and the version's row second; none waits for the other in a circle.

CREATE TABLE OrleansQuery (
    QueryKey text PRIMARY KEY,
    QueryText text NOT NULL
);

CREATE TABLE silo_table (
    cluster text PRIMARY KEY,
    version integer NOT NULL
);

CREATE TABLE silo (
    cluster text NOT NULL REFERENCES silo_table ON DELETE CASCADE,
    address text NOT NULL,
    port integer NOT NULL,
    generation integer NOT NULL,
    name text NOT NULL,
    host text NOT NULL,
    status integer NOT NULL,
    proxy_port integer NOT NULL,
    suspect_times text,
    start_time timestamptz NOT NULL,
    i_am_alive_time timestamptz NOT NULL,
    -- When the silo was last heard of, by the clock of the database, for those of the machines may differ: our own addition, which
    -- each silo writes beside what Orleans writes.
    heard_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (cluster, address, port, generation)
);

COMMENT ON COLUMN silo.status IS 'as Orleans numbers them: 1 created, 2 joining, 3 active, 4 shutting down, 5 stopping, 6 dead';

INSERT INTO OrleansQuery VALUES ('InsertMembershipVersionKey', $statement$
    WITH made AS (
        INSERT INTO silo_table (cluster, version) VALUES (@DeploymentId, 0)
        ON CONFLICT DO NOTHING
        RETURNING 1
    )
    SELECT EXISTS (SELECT FROM made)
$statement$);

-- A silo that joined meanwhile has incremented the version: the row cannot be there when the version is the one that was read.
INSERT INTO OrleansQuery VALUES ('InsertMembershipKey', $statement$
    WITH next AS (
        UPDATE silo_table SET version = version + 1
        WHERE cluster = @DeploymentId AND version = @Version AND NOT EXISTS (
            SELECT FROM silo
            WHERE silo.cluster = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation)
        RETURNING cluster
    ), joined AS (
        INSERT INTO silo (cluster, address, port, generation, name, host, status, proxy_port, start_time, i_am_alive_time)
        SELECT cluster, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime
        FROM next
        RETURNING 1
    )
    SELECT EXISTS (SELECT FROM joined)
$statement$);

INSERT INTO OrleansQuery VALUES ('UpdateMembershipKey', $statement$
    WITH known AS (
        SELECT cluster FROM silo
        WHERE cluster = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation
        FOR UPDATE
    ), next AS (
        UPDATE silo_table SET version = version + 1
        FROM known
        WHERE silo_table.cluster = known.cluster AND version = @Version
        RETURNING silo_table.cluster
    ), changed AS (
        UPDATE silo
        SET status = @Status, suspect_times = @SuspectTimes, i_am_alive_time = @IAmAliveTime
        FROM next
        WHERE silo.cluster = next.cluster AND address = @Address AND port = @Port AND generation = @Generation
        RETURNING 1
    )
    SELECT EXISTS (SELECT FROM changed)
$statement$);

INSERT INTO OrleansQuery VALUES ('UpdateIAmAlivetimeKey', $statement$
    UPDATE silo SET i_am_alive_time = @IAmAliveTime
    WHERE cluster = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation
$statement$);

-- The version even when there is no silo: then all else is null.
INSERT INTO OrleansQuery VALUES ('MembershipReadAllKey', $statement$
    SELECT address AS Address, port AS Port, generation AS Generation, name AS SiloName, host AS HostName, status AS Status,
           proxy_port AS ProxyPort, start_time AS StartTime, i_am_alive_time AS IAmAliveTime, suspect_times AS SuspectTimes,
           version AS Version
    FROM silo_table LEFT JOIN silo USING (cluster)
    WHERE cluster = @DeploymentId
$statement$);

INSERT INTO OrleansQuery VALUES ('MembershipReadRowKey', $statement$
    SELECT address AS Address, port AS Port, generation AS Generation, name AS SiloName, host AS HostName, status AS Status,
           proxy_port AS ProxyPort, start_time AS StartTime, i_am_alive_time AS IAmAliveTime, suspect_times AS SuspectTimes,
           version AS Version
    FROM silo_table LEFT JOIN silo
        ON silo.cluster = silo_table.cluster AND address = @Address AND port = @Port AND generation = @Generation
    WHERE silo_table.cluster = @DeploymentId
$statement$);

INSERT INTO OrleansQuery VALUES ('GatewaysQueryKey', $statement$
    SELECT address AS Address, proxy_port AS ProxyPort, generation AS Generation
    FROM silo
    WHERE cluster = @DeploymentId AND status = @Status AND proxy_port > 0
$statement$);

INSERT INTO OrleansQuery VALUES ('CleanupDefunctSiloEntriesKey', $statement$
    DELETE FROM silo
    WHERE cluster = @DeploymentId AND status = 6 AND i_am_alive_time < @IAmAliveTime
$statement$);

INSERT INTO OrleansQuery VALUES ('DeleteMembershipTableEntriesKey', $statement$
    DELETE FROM silo_table WHERE cluster = @DeploymentId
$statement$);
