/** A labelling tool's part of `suggest doctor`, as the plugin that runs sees it. */
import { z } from 'zod'
import { type PluginName, toolNames } from '../config/schema.ts'
import type { Check } from './doctor-checks.ts'
import type { Flags } from './flags.ts'
import { findPlugin, pluginChecks } from './plugin-call.ts'

const status = z.looseObject({
  fault: z.string().nullable(),
  server: z.looseObject({ address: z.string(), token: z.string() }).nullable(),
  pluginAddress: z.string(),
  /** Further sentences about how the plugin works. */
  also: z.array(z.string()),
  projects: z.array(
    z.looseObject({
      id: z.number(),
      phase: z.string(),
      project: z.looseObject({ id: z.string(), title: z.string() }).nullable(),
      hasEvents: z.boolean(),
      lastPollAt: z.number().nullable(),
      published: z.number(),
      applied: z.number(),
      /** How the order is served, in the tool's words. */
      served: z.string().nullable(),
      problems: z.array(z.looseObject({ sentence: z.string(), remedy: z.string() })),
      faults: z.array(z.string()),
    }),
  ),
  failures: z.array(z.looseObject({ project: z.number(), sentence: z.string() })),
})

const outcome = z.looseObject({
  checks: pluginChecks,
})

const patienceMs = 60_000

/** @param flags as for `suggest serve` */
export async function toolChecks(name: PluginName, flags: Flags): Promise<Check[]> {
  try {
    const plugin = await findPlugin(flags, name)
    if (plugin === undefined) {
      return [{ name, state: 'note', finding: 'not looked at: the server does not run' }]
    }
    const signal = AbortSignal.timeout(patienceMs)
    const { server, projects, failures, fault, pluginAddress, also } = await plugin.call(
      status,
      '/api/status',
      undefined,
      signal,
    )
    const checks: Check[] = []
    if (fault !== null) checks.push({ name, state: 'note', finding: fault })
    for (const { project, sentence } of failures) {
      checks.push({ name: `${name} ${project}`, state: 'note', finding: sentence })
    }
    if (server === null) {
      const finding = `not connected; npx suggest connect ${name} --help says how`
      return [...checks, { name, state: 'ok', finding }]
    }
    const finding = `${server.address}, ${server.token}; ${toolNames[name]} reaches the plugin at ${pluginAddress}`
    checks.push({ name, state: 'ok', finding })
    checks.push(...also.map((sentence): Check => ({ name, state: 'ok', finding: sentence })))
    for (const one of projects) {
      checks.push(...projectChecks(name, one))
      const tested = await plugin.call(outcome, '/api/check', { project: one.id }, signal)
      // Whether the tool reaches the plugin is only known by trying.
      const telling = tested.checks.filter((one) => one.state !== 'ok' || one.name === 'webhook')
      checks.push(
        ...telling.map((check) => ({ ...check, name: `${name} ${one.id} ${check.name}` })),
      )
    }
    return checks
  } catch (cause) {
    const finding = cause instanceof Error ? cause.message : String(cause)
    return [{ name, state: 'broken', finding }]
  }
}

function projectChecks(
  plugin: PluginName,
  one: z.output<typeof status>['projects'][number],
): Check[] {
  const name = `${plugin} ${one.id}`
  const { project, phase, lastPollAt, published, applied, served, hasEvents } = one
  const read = lastPollAt === null ? 'not read yet' : `read ${new Date(lastPollAt).toISOString()}`
  const how = served === null ? '' : ` as ${served}`
  const order =
    published === 0
      ? 'no order published yet'
      : `order ${applied} of ${published} in the tool${how}`
  const events = hasEvents ? '' : '; the events of the sidecar do not arrive, polling does'
  const title = project === null ? 'not read yet' : `"${project.title}" as ${project.id}`
  return [
    { name, state: 'ok', finding: `${title}, ${phase}, ${read}, ${order}${events}` },
    ...one.problems.map(
      ({ sentence, remedy }): Check => ({ name, state: 'note', finding: `${sentence} ${remedy}` }),
    ),
    ...one.faults.map((finding): Check => ({ name, state: 'note', finding })),
  ]
}
