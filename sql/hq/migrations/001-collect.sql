-- SPDX-License-Identifier: Apache-2.0
-- What stations tell: each event once, under the station's own name for it.
CREATE TABLE event (
    station text NOT NULL,
    epoch bigint NOT NULL,
    seq bigint NOT NULL,
    id text NOT NULL,
    type text NOT NULL,
    subject text,
    time timestamptz NOT NULL,
    time_quality text,
    data jsonb NOT NULL,
    extra jsonb,                    -- members of the envelope that this collector does not know
    received_at timestamptz NOT NULL DEFAULT now(),
    hash bytea NOT NULL,            -- SHA-256 of the payload as it came
    PRIMARY KEY (station, epoch, seq)
);

-- How far each epoch has come. Its row's lock is what makes prefix and acknowledgement one after the other.
CREATE TABLE progress (
    station text NOT NULL,
    epoch bigint NOT NULL,
    through bigint NOT NULL DEFAULT 0,  -- all up to here is in event, or set aside in poison
    top bigint NOT NULL DEFAULT 0,      -- the highest that has come
    acked bigint NOT NULL DEFAULT 0,    -- the highest that was told to the station
    gap_since timestamptz,              -- since when something is missing between the two, without progress
    asked_at timestamptz,               -- when it was last asked for
    asked integer NOT NULL DEFAULT 0,   -- how often since the last progress
    PRIMARY KEY (station, epoch)
);
CREATE INDEX progress_gap ON progress (gap_since) WHERE gap_since IS NOT NULL;

-- One (epoch, seq) with two contents: what came later. What came first stays in event.
CREATE TABLE conflict (
    station text NOT NULL,
    epoch bigint NOT NULL,
    seq bigint NOT NULL,
    hash bytea NOT NULL,
    payload text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (station, epoch, seq, hash)
);

-- What is no event, as it came. Where its place can be read, it counts as received: one bad event must not
-- stop the stream behind it for ever.
CREATE TABLE poison (
    topic text NOT NULL,
    hash bytea NOT NULL,
    station text,
    epoch bigint,
    seq bigint,
    reason text NOT NULL,
    size bigint NOT NULL,
    payload bytea NOT NULL,         -- its first 256 KiB
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, hash)
);
CREATE INDEX poison_place ON poison (station, epoch, seq) WHERE seq IS NOT NULL;

-- The last number of each issuer of commands.
CREATE TABLE issuer (
    issuer text PRIMARY KEY,
    seq bigint NOT NULL
);

-- The end of what is contiguous after DONE. Reads only as far as that, and a stride more.
CREATE FUNCTION contiguous(of_station text, of_epoch bigint, done bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    stride CONSTANT bigint := 1000;
    n bigint;
    next bigint;
BEGIN
    LOOP -- where there is no hole, there are as many rows as the last number says
        SELECT count(*), max(e.seq) INTO n, next FROM event e
            WHERE e.station = of_station AND e.epoch = of_epoch AND e.seq > done AND e.seq <= done + stride;
        EXIT WHEN n = 0 OR next <> done + n;
        done := next;
        EXIT WHEN n < stride; -- nothing behind it within the stride
    END LOOP;
    FOR next IN SELECT e.seq FROM event e
        WHERE e.station = of_station AND e.epoch = of_epoch AND e.seq > done ORDER BY e.seq
    LOOP
        WHILE next > done + 1 AND EXISTS (SELECT FROM poison p
            WHERE p.station = of_station AND p.epoch = of_epoch AND p.seq = done + 1)
        LOOP
            done := done + 1;
        END LOOP;
        EXIT WHEN next > done + 1;
        done := next;
    END LOOP;
    WHILE EXISTS (SELECT FROM poison p WHERE p.station = of_station AND p.epoch = of_epoch AND p.seq = done + 1)
    LOOP
        done := done + 1;
    END LOOP;
    RETURN done;
END
$$;
