/** What a plugin remembers about one connected project, beside what the sidecar and the tool know. */
import { z } from 'zod'

export const saved = z.looseObject({
  /** Name of the project in the sidecar. */
  project: z.string().optional(),
  /** Of the last event that was acted upon. */
  eventId: z.int().optional(),
  /** Of the labels that the sidecar has. */
  cursor: z.string().optional(),
})

/** Further sections belong to the plugin, e.g. the settings of the tool before the connection. */
export type Saved = z.infer<typeof saved>

export interface State {
  read(): Saved
  /** Durable when it resolves; fields that are undefined are forgotten. */
  change(fields: Readonly<Record<string, unknown>>): Promise<void>
  /** What was wrong with the file, and what that means; undefined when nothing was. */
  readonly fault: string | undefined
}

/** A part of the state that the plugin owns. */
export interface Section<Value> {
  read(): Promise<Value>
  write(value: Value): Promise<void>
}

/**
 * @param name of the field
 * @returns what `schema` makes of an absent field, until something is written
 */
export function sectionOf<Schema extends z.ZodType>(
  state: State,
  name: string,
  schema: Schema,
): Section<z.output<Schema>> {
  return {
    read: async () => schema.parse(state.read()[name]),
    write: (value) => state.change({ [name]: value }),
  }
}
