-- The reminders, which wake a grain wherever it then lives, and the statements by which Orleans reads and writes them.
--
-- Versions come from one sequence: a reminder that was removed and made again never has the version of the earlier one, so who
-- knows the earlier one cannot remove it.

CREATE SEQUENCE reminder_version AS integer CYCLE;

CREATE TABLE reminder (
    service text NOT NULL,
    grain text NOT NULL,
    name text NOT NULL,
    -- A hash without a sign, stored with one.
    grain_hash integer NOT NULL,
    start_time timestamptz NOT NULL,
    period bigint NOT NULL,
    version integer NOT NULL DEFAULT nextval('reminder_version'),
    PRIMARY KEY (service, grain, name)
);

COMMENT ON COLUMN reminder.period IS 'milliseconds';

CREATE INDEX reminder_by_hash ON reminder (service, grain_hash);

INSERT INTO OrleansQuery VALUES ('UpsertReminderRowKey', $statement$
    INSERT INTO reminder (service, grain, name, grain_hash, start_time, period)
    VALUES (@ServiceId, @GrainId, @ReminderName, @GrainHash, @StartTime, @Period)
    ON CONFLICT (service, grain, name) DO UPDATE
        SET grain_hash = excluded.grain_hash, start_time = excluded.start_time, period = excluded.period, version = excluded.version
    RETURNING version AS Version
$statement$);

INSERT INTO OrleansQuery VALUES ('ReadReminderRowKey', $statement$
    SELECT grain AS GrainId, name AS ReminderName, start_time AS StartTime, period AS Period, version AS Version
    FROM reminder
    WHERE service = @ServiceId AND grain = @GrainId AND name = @ReminderName
$statement$);

INSERT INTO OrleansQuery VALUES ('ReadReminderRowsKey', $statement$
    SELECT grain AS GrainId, name AS ReminderName, start_time AS StartTime, period AS Period, version AS Version
    FROM reminder
    WHERE service = @ServiceId AND grain = @GrainId
$statement$);

-- Hashes after one and up to another: Orleans takes this statement when the first, with its sign, is the lesser.
INSERT INTO OrleansQuery VALUES ('ReadRangeRows1Key', $statement$
    SELECT grain AS GrainId, name AS ReminderName, start_time AS StartTime, period AS Period, version AS Version
    FROM reminder
    WHERE service = @ServiceId AND grain_hash > @BeginHash AND grain_hash <= @EndHash
$statement$);

-- And this one when the range goes over the greatest hash, or all the way round.
INSERT INTO OrleansQuery VALUES ('ReadRangeRows2Key', $statement$
    SELECT grain AS GrainId, name AS ReminderName, start_time AS StartTime, period AS Period, version AS Version
    FROM reminder
    WHERE service = @ServiceId AND (grain_hash > @BeginHash OR grain_hash <= @EndHash)
$statement$);

INSERT INTO OrleansQuery VALUES ('DeleteReminderRowKey', $statement$
    WITH removed AS (
        DELETE FROM reminder
        WHERE service = @ServiceId AND grain = @GrainId AND name = @ReminderName AND version = @Version
        RETURNING 1
    )
    SELECT EXISTS (SELECT FROM removed)
$statement$);

INSERT INTO OrleansQuery VALUES ('DeleteReminderRowsKey', $statement$
    DELETE FROM reminder WHERE service = @ServiceId
$statement$);
