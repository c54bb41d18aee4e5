/** Label Studio's part of `suggest doctor`, as the plugin that runs sees it. */
import { z } from 'zod'
import type { Check } from './doctor-checks.ts'
import type { Flags } from './flags.ts'
import { findPlugin, pluginChecks } from './plugin-call.ts'

const status = z.looseObject({
  fault: z.string().nullable(),
  server: z
    .looseObject({ address: z.string(), token: z.string(), imageOrigins: z.array(z.string()) })
    .nullable(),
  pluginAddress: z.string(),
  projects: z.array(
    z.looseObject({
      id: z.number(),
      phase: z.string(),
      project: z.looseObject({ id: z.string(), title: z.string() }).nullable(),
      hasEvents: z.boolean(),
      lastPollAt: z.number().nullable(),
      published: z.number(),
      applied: z.number(),
      modelVersion: z.string().nullable(),
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
export async function labelStudioChecks(flags: Flags): Promise<Check[]> {
  const name = 'label-studio'
  try {
    const plugin = await findPlugin(flags, name)
    if (plugin === undefined) {
      return [{ name, state: 'note', finding: 'not looked at: the server does not run' }]
    }
    const signal = AbortSignal.timeout(patienceMs)
    const { server, projects, failures, fault, pluginAddress } = await plugin.call(
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
      const finding = `not connected; npx suggest connect label-studio --help says how`
      return [...checks, { name, state: 'ok', finding }]
    }
    const finding = `${server.address}, ${server.token}; Label Studio reaches the plugin at ${pluginAddress}`
    checks.push({ name, state: 'ok', finding })
    for (const one of projects) {
      checks.push(...projectChecks(one))
      const tested = await plugin.call(outcome, '/api/check', { project: one.id }, signal)
      const wrong = tested.checks.filter(({ state }) => state !== 'ok')
      checks.push(...wrong.map((check) => ({ ...check, name: `${name} ${one.id} ${check.name}` })))
    }
    return checks
  } catch (cause) {
    const finding = cause instanceof Error ? cause.message : String(cause)
    return [{ name, state: 'broken', finding }]
  }
}

function projectChecks(one: z.output<typeof status>['projects'][number]): Check[] {
  const name = `label-studio ${one.id}`
  const { project, phase, lastPollAt, published, applied, modelVersion, hasEvents } = one
  const read = lastPollAt === null ? 'not read yet' : `read ${new Date(lastPollAt).toISOString()}`
  const order =
    published === 0
      ? 'no order published yet'
      : `order ${applied} of ${published} in the tool as ${modelVersion}`
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
