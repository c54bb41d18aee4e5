/** One behaviour of one route. */
import type { HttpHarness } from '../../support/http.ts'

/** Name -> what happens. */
export type Cases = Readonly<Record<string, (http: HttpHarness) => Promise<void>>>
