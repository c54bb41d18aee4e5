/** One SQLite file: prepared statements by their text, rows as plain records, failures as Problems. */
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite'
import { BUSY, sqliteCode, sqliteProblem } from './sqlite-problem.ts'

export type Value = string | number | null | Uint8Array
export type Row = Readonly<Record<string, unknown>>

type Statement = ReturnType<DatabaseSyncInstance['prepare']>

export interface DatabaseOptions {
  readonly readOnly?: boolean
  /** How long a statement waits for somebody else's lock. */
  readonly timeoutMs?: number
}

export class Database {
  readonly path: string
  readonly #connection: DatabaseSyncInstance
  readonly #statements = new Map<string, Statement>()

  /** @throws Problem `corrupt-store`, `storage-failed` */
  constructor(path: string, { readOnly = false, timeoutMs = 5000 }: DatabaseOptions = {}) {
    this.path = path
    this.#connection = this.#guard(
      () =>
        new DatabaseSync(path, { readOnly, timeout: timeoutMs, enableForeignKeyConstraints: true }),
    )
  }

  /**
   * Every commit is on the disk before it is answered, and readers do not hold up the writer.
   *
   * @param logPages in the log, after which a commit itself moves them into the database
   */
  makeDurable(logPages: number): void {
    this.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32768;
       PRAGMA wal_autocheckpoint = ${logPages}; PRAGMA journal_size_limit = 67108864`,
    )
  }

  /** For the backup only. */
  get connection(): DatabaseSyncInstance {
    return this.#connection
  }

  get isTransaction(): boolean {
    return this.#connection.isTransaction
  }

  exec(sql: string): void {
    this.#guard(() => this.#connection.exec(sql))
  }

  get(sql: string, ...values: readonly Value[]): Row | undefined {
    return this.#guard(() => this.#statement(sql).get(...values))
  }

  all(sql: string, ...values: readonly Value[]): readonly Row[] {
    return this.#guard(() => this.#statement(sql).all(...values))
  }

  /**
   * The same rows as `all`, as one text: fetching field by field takes five times as long.
   *
   * @param columns SQL by the name of the field; text, integers and null, those in `reals` floating point
   * @param rest `FROM ...` with its order and limit
   */
  list(
    columns: Readonly<Record<string, string>>,
    reals: readonly string[],
    rest: string,
    ...values: readonly Value[]
  ): readonly Row[] {
    const names = Object.keys(columns)
    const inner = names.map((name) => `${columns[name]} AS ${name}`).join()
    const outer = names.map((name) => (reals.includes(name) ? exact(name) : name)).join()
    const sql = `SELECT json_group_array(json_array(${outer})) AS list FROM (SELECT ${inner} ${rest})`
    const text = this.get(sql, ...values)?.['list']
    const rows: unknown = JSON.parse(String(text))
    if (!Array.isArray(rows)) return []
    return rows.map((fields: readonly unknown[]) => {
      const row: Record<string, unknown> = {}
      for (let i = 0; i < names.length; i++) row[names[i] ?? ''] = fields[i]
      return row
    })
  }

  /** Rows one after the other; nothing else may be written meanwhile. */
  *each(sql: string, ...values: readonly Value[]): Generator<Row> {
    const rows = this.#guard(() => this.#statement(sql).iterate(...values))
    try {
      for (;;) {
        const { done, value } = this.#guard(() => rows.next())
        if (done === true) return
        yield value
      }
    } finally {
      // Who stops early must not go on holding the file.
      rows.return?.()
    }
  }

  run(sql: string, ...values: readonly Value[]): { readonly changes: number; readonly id: number } {
    const { changes, lastInsertRowid } = this.#guard(() => this.#statement(sql).run(...values))
    return { changes, id: Number(lastInsertRowid) }
  }

  /** All or nothing; for the time before the committer runs. */
  transaction(work: () => void): void {
    this.exec('BEGIN IMMEDIATE')
    try {
      work()
      this.exec('COMMIT')
    } catch (error) {
      if (this.isTransaction) this.exec('ROLLBACK')
      throw error
    }
  }

  /**
   * Closes and leaves one file, without a log beside it. SQLite does so itself only after all statements have been
   * finalised, which this driver leaves to the garbage collector. While another connection is open the log has to stay;
   * the next one to open the file reads it.
   *
   * @throws Problem `storage-failed`
   */
  closeWhole(): void {
    try {
      this.exec('PRAGMA busy_timeout = 500; PRAGMA journal_mode = DELETE')
    } catch (error) {
      if (sqliteCode(error) !== BUSY) throw error
    } finally {
      this.close()
    }
  }

  close(): void {
    this.#statements.clear()
    if (this.#connection.isOpen) this.#connection.close()
  }

  #statement(sql: string): Statement {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const statement = this.#connection.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }

  #guard<Result>(action: () => Result): Result {
    try {
      return action()
    } catch (cause) {
      throw sqliteProblem(this.path, cause) ?? cause
    }
  }
}

/** SQLite's JSON keeps 15 digits of a number, a double needs 17. */
function exact(column: string): string {
  return `CASE WHEN ${column} IS NULL THEN NULL ELSE json(format('%!.17g', ${column})) END`
}
