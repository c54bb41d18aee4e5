/** Tables of what was computed: rounds, scores, maps, models and queues. */
export const roundTables = `
CREATE TABLE rounds (
  project INTEGER NOT NULL REFERENCES projects,
  number INTEGER NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  finished_at INTEGER,
  images INTEGER NOT NULL,
  members INTEGER NOT NULL,
  members_trained INTEGER NOT NULL DEFAULT 0,
  pool INTEGER NOT NULL DEFAULT 0,
  scored INTEGER NOT NULL DEFAULT 0,
  model TEXT,
  revision INTEGER,
  held_out_dice REAL,
  compute_seconds REAL NOT NULL DEFAULT 0,
  profile TEXT,
  engine TEXT,
  seed INTEGER NOT NULL,
  settings TEXT NOT NULL,              -- JSON: those of the project when it began
  scale REAL,
  warnings TEXT NOT NULL DEFAULT '[]', -- JSON
  failure TEXT,
  last_change INTEGER NOT NULL,        -- the newest that its snapshot contains
  swept INTEGER NOT NULL DEFAULT 0,    -- its scores have been looked through by the housekeeping
  PRIMARY KEY (project, number)
) WITHOUT ROWID;

CREATE TABLE snapshots (
  project INTEGER NOT NULL,
  round INTEGER NOT NULL,
  image INTEGER NOT NULL REFERENCES images,
  name TEXT NOT NULL,
  labels TEXT NOT NULL,                -- JSON
  PRIMARY KEY (project, round, image),
  FOREIGN KEY (project, round) REFERENCES rounds
) WITHOUT ROWID;

CREATE TABLE scores (
  project INTEGER NOT NULL REFERENCES projects,
  image INTEGER NOT NULL REFERENCES images,
  round INTEGER NOT NULL,
  uncertainty REAL NOT NULL,
  foreground REAL NOT NULL,
  PRIMARY KEY (project, image, round)
) WITHOUT ROWID;

CREATE TABLE maps (
  project INTEGER NOT NULL REFERENCES projects,
  image INTEGER NOT NULL REFERENCES images,
  model TEXT NOT NULL,
  round INTEGER NOT NULL,
  record TEXT NOT NULL,                -- JSON
  PRIMARY KEY (project, image, model)
) WITHOUT ROWID;
CREATE INDEX maps_by_round ON maps (project, round);

CREATE TABLE models (
  project INTEGER NOT NULL REFERENCES projects,
  digest TEXT NOT NULL,
  round INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  published_at INTEGER,                -- null until its round is committed
  stored INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (project, digest)
) WITHOUT ROWID;

CREATE TABLE drafts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  project INTEGER NOT NULL REFERENCES projects,
  name TEXT NOT NULL,
  abandoned INTEGER NOT NULL DEFAULT 0,
  unused_since INTEGER,                -- when the housekeeping first saw it unpublished
  UNIQUE (project, name)
);

CREATE TABLE queue_rows (
  draft INTEGER NOT NULL REFERENCES drafts,
  rank INTEGER NOT NULL,
  task INTEGER NOT NULL REFERENCES tasks,
  image INTEGER REFERENCES images,
  batch INTEGER,
  gain REAL,
  uncertainty REAL,
  represents INTEGER,
  PRIMARY KEY (draft, rank)
) WITHOUT ROWID;
CREATE INDEX queue_rows_by_task ON queue_rows (draft, task);

CREATE TABLE queues (
  project INTEGER NOT NULL REFERENCES projects,
  revision INTEGER NOT NULL,
  draft INTEGER NOT NULL UNIQUE REFERENCES drafts,
  published_at INTEGER NOT NULL,
  origin TEXT NOT NULL,
  round INTEGER,
  model TEXT,
  length INTEGER NOT NULL,
  published INTEGER NOT NULL,
  trimmed INTEGER NOT NULL DEFAULT 0,  -- its tail has been deleted
  PRIMARY KEY (project, revision)
) WITHOUT ROWID;

CREATE TABLE receipts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  project INTEGER NOT NULL REFERENCES projects,
  revision INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  applied INTEGER NOT NULL,
  untouched INTEGER NOT NULL,
  detail TEXT NOT NULL,
  at INTEGER NOT NULL
);
CREATE INDEX receipts_in_order ON receipts (project, id);
`
