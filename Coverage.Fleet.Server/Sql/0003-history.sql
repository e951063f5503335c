-- The history of fleets: their streams, each with its one writer, and when which time had which word.

-- epoch: the number of the activation that may write. writes: how often it was written, so that a writer whose last answer was lost
-- can tell whether that write was done.
CREATE TABLE history_stream (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    cluster text COLLATE "C" NOT NULL,
    fleet text COLLATE "C" NOT NULL,
    channel text COLLATE "C" NOT NULL,
    quality text COLLATE "C" NOT NULL,
    epoch bigint NOT NULL,
    writes bigint NOT NULL,
    UNIQUE (cluster, fleet, channel, quality)
);

-- A piece of time [start_us, end_us) that had a word in each look from opened_us on and no more in the look at closed_us, which is null
-- while the piece is open. All in microseconds since 1970. node is null for what is said of the stream itself; reason where a word has
-- none; became for a piece that is open, or that left the fleet's extent.
CREATE TABLE history_span (
    stream bigint NOT NULL REFERENCES history_stream ON DELETE CASCADE,
    node text COLLATE "C",
    word text NOT NULL,
    reason text,
    start_us bigint NOT NULL,
    end_us bigint NOT NULL,
    opened_us bigint NOT NULL,
    closed_us bigint,
    became text,
    CHECK (start_us < end_us),
    CHECK (opened_us <= closed_us),
    CHECK (closed_us IS NOT NULL OR became IS NULL)
);

-- What a writer reads when it begins, and replaces.
CREATE INDEX history_span_open ON history_span (stream, start_us) WHERE closed_us IS NULL;

-- What was open in a window, and what was filled in it.
CREATE INDEX history_span_closed ON history_span (stream, closed_us, opened_us) WHERE closed_us IS NOT NULL;
