/** Tables of what people said: projects, images, tasks, labels and their cost. */
export const contentTables = `
CREATE TABLE projects (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  created_as TEXT NOT NULL,            -- JSON of the request that created it
  title TEXT NOT NULL,
  tool TEXT NOT NULL,
  tool_project TEXT,
  classes TEXT NOT NULL,               -- JSON
  settings TEXT NOT NULL,              -- JSON
  paused INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  round INTEGER NOT NULL DEFAULT 0,
  model TEXT,
  model_round INTEGER NOT NULL DEFAULT 0,
  revision INTEGER NOT NULL DEFAULT 0,
  draft INTEGER NOT NULL DEFAULT 0,    -- of the current revision
  -- counts of the tasks that are not gone, kept by triggers
  tasks INTEGER NOT NULL DEFAULT 0,
  with_image INTEGER NOT NULL DEFAULT 0,
  labelled INTEGER NOT NULL DEFAULT 0,
  empty INTEGER NOT NULL DEFAULT 0,
  skipped INTEGER NOT NULL DEFAULT 0,
  in_progress INTEGER NOT NULL DEFAULT 0,
  before_connection INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE class_uses (
  project INTEGER NOT NULL REFERENCES projects,
  class INTEGER NOT NULL,
  PRIMARY KEY (project, class)
) WITHOUT ROWID;

CREATE TABLE images (
  id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  bytes INTEGER,                       -- null until the bytes have been seen
  width INTEGER,
  height INTEGER,
  stored INTEGER NOT NULL DEFAULT 0,
  used_at INTEGER NOT NULL DEFAULT 0,
  broken TEXT
);
CREATE INDEX images_by_use ON images (used_at, id) WHERE stored = 1;
CREATE INDEX images_missing ON images (id) WHERE stored = 0;

CREATE TABLE tasks (
  id INTEGER PRIMARY KEY,
  project INTEGER NOT NULL REFERENCES projects,
  key TEXT NOT NULL,
  image INTEGER REFERENCES images,
  width INTEGER,
  height INTEGER,
  name TEXT NOT NULL,
  url TEXT,
  state TEXT NOT NULL,
  label TEXT NOT NULL DEFAULT 'none',
  before INTEGER NOT NULL DEFAULT 0,   -- what counts was made before the connection
  updated_at INTEGER NOT NULL,
  UNIQUE (project, key)
);
CREATE INDEX tasks_in_order ON tasks (project, id);
CREATE INDEX tasks_by_image ON tasks (image, project);
CREATE INDEX tasks_of_unknown_image ON tasks (project, key)
  WHERE image IS NULL AND state = 'open' AND label = 'none';

CREATE TABLE labels (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  project INTEGER NOT NULL REFERENCES projects,
  task INTEGER NOT NULL REFERENCES tasks,
  identity TEXT NOT NULL,
  external_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  seen_version INTEGER NOT NULL,       -- largest version that repeated this content
  annotator TEXT NOT NULL,
  seconds REAL,
  finished_at INTEGER,
  received_at INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  ground_truth INTEGER NOT NULL,
  before INTEGER NOT NULL,
  prelabel_model TEXT,
  prelabel_use TEXT,
  round INTEGER NOT NULL,              -- the latest round when it came
  newest INTEGER NOT NULL              -- of its annotation
);
CREATE INDEX labels_in_order ON labels (project, id);
CREATE INDEX labels_by_identity ON labels (project, identity);
CREATE INDEX labels_by_task ON labels (task, id);
CREATE INDEX labels_newest ON labels (task, external_id) WHERE newest = 1;

CREATE TABLE label_masks (
  label INTEGER PRIMARY KEY REFERENCES labels,
  mask BLOB NOT NULL
);

-- What counts for an image: only images that somebody has said something about.
CREATE TABLE verdicts (
  project INTEGER NOT NULL REFERENCES projects,
  image INTEGER NOT NULL REFERENCES images,
  outcome TEXT NOT NULL,
  labels TEXT NOT NULL,                -- JSON: ids of the versions that count
  skipped_in INTEGER NOT NULL,         -- the latest round when it was skipped
  PRIMARY KEY (project, image)
) WITHOUT ROWID;
CREATE INDEX verdicts_by_image ON verdicts (image);

-- Each time that a training would see something else than before.
CREATE TABLE changes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  project INTEGER NOT NULL REFERENCES projects,
  at INTEGER NOT NULL
);
CREATE INDEX changes_in_order ON changes (project, id, at);

-- Append-only.
CREATE TABLE ledger (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  project INTEGER NOT NULL REFERENCES projects,
  kind TEXT NOT NULL,                  -- work | image | image-before | compute
  task INTEGER,
  image INTEGER,
  label INTEGER,
  round INTEGER,
  pixels INTEGER NOT NULL DEFAULT 0,
  seconds REAL,
  at INTEGER NOT NULL
);
CREATE INDEX ledger_by_task ON ledger (task) WHERE kind IN ('image', 'image-before');
CREATE INDEX ledger_by_image ON ledger (image, project) WHERE kind IN ('image', 'image-before');

CREATE TABLE budgets (                 -- sums of the ledger
  project INTEGER PRIMARY KEY REFERENCES projects,
  images INTEGER NOT NULL DEFAULT 0,
  pixels INTEGER NOT NULL DEFAULT 0,
  seconds REAL NOT NULL DEFAULT 0,
  without_time INTEGER NOT NULL DEFAULT 0,
  compute_seconds REAL NOT NULL DEFAULT 0,
  before_connection INTEGER NOT NULL DEFAULT 0
);
`
