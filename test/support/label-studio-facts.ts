/** What a real Label Studio holds, read from its database: locks are told by nothing else. */
import { Database } from '@suggestive/sidecar/store/database'
import { z } from 'zod'

/** Of one project at one moment, for one user. */
export interface Moment {
  /** Of the project. */
  readonly version: string
  /** Tasks that have a finished annotation. */
  readonly finished: ReadonlySet<number>
  /** Tasks that this user has skipped. */
  readonly skipped: ReadonlySet<number>
  /** Tasks that somebody else has skipped: Label Studio serves them to all others. */
  readonly skippedByOthers: ReadonlySet<number>
  /** Tasks that this user has open. */
  readonly own: ReadonlySet<number>
  /** Tasks that somebody else has open. */
  readonly locked: ReadonlySet<number>
}

export interface Facts {
  moment(project: number, user: number): Moment
  /** Tasks in the order of their scores under a version. */
  ranks(project: number, version: string): readonly number[]
  annotations(project: number): readonly z.infer<typeof annotation>[]
  predictions(project: number, version: string): readonly z.infer<typeof prediction>[]
  /** Everything that connecting might change. */
  setUp(project: number): object
  close(): void
}

const json = z.string().transform((text): unknown => JSON.parse(text))
const regions = json.pipe(z.array(z.looseObject({ type: z.string(), value: z.looseObject({}) })))
const id = z.object({ id: z.number() })
const flag = z.number().transform((value) => value === 1)
const annotation = z.object({
  id: z.number(),
  task: z.number(),
  user: z.number(),
  skipped: flag,
  seconds: z.number(),
  parent: z.number().nullable(),
  result: regions,
})
const prediction = z.object({
  id: z.number(),
  task: z.number(),
  score: z.number(),
  result: regions,
})

export function openFacts(path: string): Facts {
  const database = new Database(path, { readOnly: true, timeoutMs: 20_000 })
  const rows = <Schema extends z.ZodType>(
    schema: Schema,
    sql: string,
    ...values: (string | number)[]
  ) => z.array(schema).parse(database.all(sql, ...values))
  const ids = (sql: string, ...values: (string | number)[]) =>
    new Set(rows(id, sql, ...values).map((row) => row.id))
  const locks = (project: number, user: number, comparison: '=' | '<>') =>
    ids(
      `SELECT task_id AS id FROM tasks_tasklock JOIN task ON task.id = task_id
       WHERE project_id = ? AND user_id ${comparison} ? AND expire_at > datetime('now')`,
      project,
      user,
    )
  const done = `SELECT task.id FROM task JOIN task_completion AS done ON done.task_id = task.id
                WHERE task.project_id = ?`
  const version = (project: number) =>
    z
      .object({ version: z.string().nullable() })
      .parse(database.get('SELECT model_version AS version FROM project WHERE id = ?', project))
      .version ?? ''
  return {
    moment: (project, user) => ({
      version: version(project),
      finished: ids(`${done} AND NOT was_cancelled`, project),
      skipped: ids(`${done} AND was_cancelled AND completed_by_id = ?`, project, user),
      skippedByOthers: ids(`${done} AND was_cancelled AND completed_by_id <> ?`, project, user),
      own: locks(project, user, '='),
      locked: locks(project, user, '<>'),
    }),
    ranks: (project, wanted) => [
      ...ids(
        `SELECT task.id FROM task JOIN prediction ON prediction.task_id = task.id
         WHERE task.project_id = ? AND prediction.model_version = ? ORDER BY score`,
        project,
        wanted,
      ),
    ],
    annotations: (project) =>
      rows(
        annotation,
        `SELECT done.id, task_id AS task, completed_by_id AS user, was_cancelled AS skipped,
           lead_time AS seconds, parent_prediction_id AS parent, done.result
         FROM task_completion AS done JOIN task ON task.id = task_id
         WHERE task.project_id = ? ORDER BY done.id`,
        project,
      ),
    predictions: (project, wanted) =>
      rows(
        prediction,
        `SELECT prediction.id, task_id AS task, score, prediction.result
         FROM prediction JOIN task ON task.id = task_id
         WHERE task.project_id = ? AND prediction.model_version = ? ORDER BY score`,
        project,
        wanted,
      ),
    setUp: (project) => ({
      ...database.get(
        `SELECT model_version, sampling, show_collab_predictions, skip_queue, maximum_annotations,
           label_config, title FROM project WHERE id = ?`,
        project,
      ),
      webhooks: database.all('SELECT url FROM webhook WHERE project_id = ?', project),
      backends: database.all('SELECT url FROM ml_mlbackend WHERE project_id = ?', project),
      // The page itself adds one for each visitor.
      views: database.all(
        `SELECT data FROM data_manager_view WHERE project_id = ? AND data LIKE '%Suggested%'`,
        project,
      ),
      predictions: database.all(
        `SELECT model_version, count(*) AS count FROM prediction JOIN task ON task.id = task_id
         WHERE task.project_id = ? GROUP BY model_version`,
        project,
      ),
    }),
    close: () => database.close(),
  }
}
