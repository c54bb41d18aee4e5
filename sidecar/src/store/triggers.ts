/** Counts and sums are kept by the database itself, so that no statement can forget them. */
export const triggers = `
CREATE TRIGGER task_added AFTER INSERT ON tasks WHEN new.state <> 'gone' BEGIN
  UPDATE projects SET
    tasks = tasks + 1,
    with_image = with_image + (new.image IS NOT NULL),
    labelled = labelled + (new.label IN ('labelled', 'empty')),
    empty = empty + (new.label = 'empty'),
    skipped = skipped + (new.label = 'skipped'),
    in_progress = in_progress + (new.state = 'in-progress'),
    before_connection = before_connection + new.before
  WHERE id = new.project;
END;

CREATE TRIGGER task_changed AFTER UPDATE OF image, state, label, before ON tasks BEGIN
  UPDATE projects SET
    tasks = tasks + (new.state <> 'gone') - (old.state <> 'gone'),
    with_image = with_image + (new.state <> 'gone' AND new.image IS NOT NULL)
      - (old.state <> 'gone' AND old.image IS NOT NULL),
    labelled = labelled + (new.state <> 'gone' AND new.label IN ('labelled', 'empty'))
      - (old.state <> 'gone' AND old.label IN ('labelled', 'empty')),
    empty = empty + (new.state <> 'gone' AND new.label = 'empty')
      - (old.state <> 'gone' AND old.label = 'empty'),
    skipped = skipped + (new.state <> 'gone' AND new.label = 'skipped')
      - (old.state <> 'gone' AND old.label = 'skipped'),
    in_progress = in_progress + (new.state = 'in-progress') - (old.state = 'in-progress'),
    before_connection = before_connection + (new.state <> 'gone' AND new.before)
      - (old.state <> 'gone' AND old.before)
  WHERE id = new.project;
END;

CREATE TRIGGER ledger_entry AFTER INSERT ON ledger BEGIN
  UPDATE budgets SET
    images = images + (new.kind = 'image'),
    pixels = pixels + (new.kind = 'image') * new.pixels,
    seconds = seconds + (new.kind = 'work') * coalesce(new.seconds, 0),
    without_time = without_time + (new.kind = 'work' AND new.seconds IS NULL),
    compute_seconds = compute_seconds + (new.kind = 'compute') * coalesce(new.seconds, 0),
    before_connection = before_connection + (new.kind = 'image-before')
  WHERE project = new.project;
END;

CREATE TRIGGER ledger_is_never_changed BEFORE UPDATE ON ledger BEGIN
  SELECT raise(ABORT, 'the ledger is append-only');
END;
CREATE TRIGGER ledger_is_never_shortened BEFORE DELETE ON ledger BEGIN
  SELECT raise(ABORT, 'the ledger is append-only');
END;
`
