-- SPDX-License-Identifier: Apache-2.0
-- The first books: alarms, what was done about them, who did it, and the events that tell it all.
-- Columns in _us hold Unix time in microseconds; 0 means "not yet" or "never".

-- Small facts about the database itself.
CREATE TABLE meta (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Where the stream of events stands. One row. batch: a random mark of the last transaction, by which a writer
-- whose commit ended in doubt can tell whether it took place. opened: how often the books were opened.
CREATE TABLE position (
    only INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    batch INTEGER NOT NULL,
    opened INTEGER NOT NULL
) STRICT;
INSERT INTO position VALUES (1, 0, 0, 0, 0);

-- The journal and outbox: written in the transaction of its fact, never changed.
CREATE TABLE event (
    epoch INTEGER NOT NULL CHECK (epoch > 0),
    seq INTEGER NOT NULL CHECK (seq > 0),
    id TEXT GENERATED ALWAYS AS (epoch || '.' || seq) VIRTUAL,
    type TEXT NOT NULL,
    subject TEXT NOT NULL,
    time TEXT NOT NULL,
    timequality TEXT NOT NULL CHECK (timequality IN ('synced', 'holdover', 'unset')),
    data TEXT NOT NULL CHECK (json_valid(data)),
    PRIMARY KEY (epoch, seq)
) STRICT;

-- One row per occurrence, as it stands; object is the alarm object of CONTRACT section 5.
CREATE TABLE alarm (
    id TEXT NOT NULL PRIMARY KEY,
    rule TEXT NOT NULL,
    subject TEXT NOT NULL,
    severity TEXT NOT NULL CHECK (severity IN ('critical', 'high', 'medium', 'low')),
    state TEXT NOT NULL,
    raised_at_us INTEGER NOT NULL,
    over INTEGER NOT NULL CHECK (over IN (0, 1)),
    transitions INTEGER NOT NULL,
    object TEXT NOT NULL CHECK (json_valid(object))
) STRICT;
CREATE INDEX alarm_open ON alarm (raised_at_us) WHERE over = 0;
CREATE INDEX alarm_recent ON alarm (raised_at_us) WHERE over = 1;

-- What happened to an alarm, step by step; number counts 1, 2, 3 … per alarm.
CREATE TABLE alarm_transition (
    alarm TEXT NOT NULL REFERENCES alarm (id),
    number INTEGER NOT NULL CHECK (number > 0),
    kind TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    by TEXT NOT NULL,
    PRIMARY KEY (alarm, number)
) STRICT, WITHOUT ROWID;

-- The steps of the stop ladder: one row per rung and connector under an alarm, in the ladder's order.
CREATE TABLE action (
    alarm TEXT NOT NULL REFERENCES alarm (id),
    number INTEGER NOT NULL CHECK (number > 0),
    connector TEXT NOT NULL,
    rung TEXT NOT NULL CHECK (rung IN ('soft', 'disable', 'feeder', 'station')),
    result TEXT NOT NULL CHECK (result IN ('pending', 'proven', 'failed', 'skipped')),
    commanded_at_us INTEGER NOT NULL,
    proven_at_us INTEGER NOT NULL,
    proof TEXT NOT NULL,
    cause TEXT NOT NULL,
    PRIMARY KEY (alarm, number)
) STRICT, WITHOUT ROWID;

-- Connectors that may not start. No reference to alarm: a hold must be recorded come what may.
CREATE TABLE hold (
    connector TEXT NOT NULL PRIMARY KEY,
    alarm TEXT NOT NULL,
    cause TEXT NOT NULL,
    since_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE staff (
    name TEXT NOT NULL PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'engineer')),
    pin_hash TEXT NOT NULL,
    disabled INTEGER NOT NULL CHECK (disabled IN (0, 1)),
    created_at_us INTEGER NOT NULL,
    created_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Who did what, and whether it was allowed. Rows are never changed nor taken away.
CREATE TABLE audit (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at_us INTEGER NOT NULL,
    who TEXT NOT NULL,
    verb TEXT NOT NULL,
    object TEXT NOT NULL,
    result TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
