/** Tables of the service: events, problems, replies and jobs. */
export const serviceTables = `
CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  project INTEGER REFERENCES projects, -- null: concerns all
  type TEXT NOT NULL,
  data TEXT NOT NULL                   -- JSON
);
CREATE INDEX events_by_age ON events (at);

CREATE TABLE problems (
  project INTEGER NOT NULL,            -- 0: of no project
  key TEXT NOT NULL,
  sentence TEXT NOT NULL,
  remedy TEXT NOT NULL,
  url TEXT,
  raised_at INTEGER NOT NULL,
  PRIMARY KEY (project, key)
) WITHOUT ROWID;

CREATE TABLE judgings ( -- settings have changed, and not everything has been judged again
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  project INTEGER NOT NULL REFERENCES projects,
  at INTEGER NOT NULL
);

CREATE TABLE replies (
  key TEXT PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  status INTEGER NOT NULL,
  body TEXT NOT NULL,
  at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX replies_by_age ON replies (at);

CREATE TABLE jobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL UNIQUE,
  project TEXT NOT NULL,
  round INTEGER NOT NULL,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL,               -- JSON
  priority INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting',
  result TEXT,                         -- JSON
  failure TEXT,
  attempt INTEGER NOT NULL DEFAULT 0,
  fence INTEGER NOT NULL DEFAULT 0,
  worker TEXT,
  lease_until INTEGER,
  ended_at INTEGER
);
CREATE INDEX jobs_open ON jobs (priority DESC, id) WHERE state IN ('waiting', 'leased');
CREATE INDEX jobs_by_round ON jobs (project, round, id);
CREATE INDEX jobs_ended ON jobs (ended_at) WHERE ended_at IS NOT NULL;
`
