/** Whether a project can be learnt from: its configuration and its images. */

import { broken, brokenBy, type Check, note, ok } from '@suggestive/shared/connect/check'
import type { Project } from '../client/wire.ts'
import type { Client } from '../client.ts'
import { type Configuration, readConfiguration } from '../codec/configuration.ts'
import { readImage } from '../images.ts'
import { promptsIn } from '../prompts.ts'
import type { Server } from '../settings.ts'
import { findImages, type ImagesFound } from './image-origins.ts'

export interface ProjectExamined {
  readonly checks: readonly Check[]
  readonly project: Project | undefined
  /** Controls that only prompt the smart tool, and those that the owner named. */
  readonly leftOut: readonly string[]
  /** Other servers that images lie on. */
  readonly origins: readonly string[]
}

type Reach = Pick<Server, 'address' | 'publicAddress' | 'imageOrigins'>

const mostImageBytes = 500_000_000

export async function examineProject(
  client: Client,
  id: number,
  reach: Reach,
  named: readonly string[],
  signal: AbortSignal,
): Promise<ProjectExamined> {
  let project: Project
  try {
    project = await client.project(id, signal)
  } catch (error) {
    const checks = [brokenBy('project', error)]
    return { checks, project: undefined, leftOut: named, origins: [] }
  }
  const prompts = promptsIn(project['label_config']).filter((name) => !named.includes(name))
  const leftOut = [...named, ...prompts]
  const checks: Check[] = [ok('project', `"${project.title}" can be read.`)]
  const before = { project, leftOut, origins: [] }
  try {
    const read = readConfiguration(project.parsed_label_config, leftOut)
    if (read.kind === 'refused') {
      return { checks: [...checks, broken('configuration', read.reason)], ...before }
    }
    checks.push(configurationCheck(read.configuration, prompts))
    const found = await findImages(client, id, read.configuration.dataKey, reach, signal)
    checks.push(...originChecks(found, reach))
    checks.push(await imageCheck(client, found, reach, signal))
    return { checks, project, leftOut, origins: [...found.origins.keys()] }
  } catch (error) {
    return { checks: [...checks, brokenBy('images', error)], ...before }
  }
}

function configurationCheck(
  { classes, controls }: Configuration,
  prompts: readonly string[],
): Check {
  const names = classes.map(({ name }) => name).join(', ')
  const shapes = [...new Set(controls.map(({ shape }) => shape))].join(', ')
  const finding = `${classes.length === 1 ? 'Class' : 'Classes'} ${names} (${shapes}).`
  if (prompts.length === 0) return ok('configuration', finding)
  return ok(
    'configuration',
    `${finding} What ${prompts.map((name) => `"${name}"`).join(', ')} draws only prompts the smart tool: it is no label.`,
  )
}

function originChecks({ origins, without }: ImagesFound, { imageOrigins }: Reach): Check[] {
  const allowed = new Set(imageOrigins.map((one) => new URL(one).origin))
  const checks: Check[] = []
  const others = [...origins].filter(([origin]) => !allowed.has(origin))
  if (others.length > 0) {
    const list = others.map(([origin, tasks]) => `${origin} (${tasks} tasks)`).join(', ')
    const option = others.map(([origin]) => origin).join(',')
    checks.push(
      note(
        'image origins',
        `Images lie on other servers: ${list}. They are left out until you allow it: --image-origins ${option}, or the field of that name in the form.`,
      ),
    )
  }
  if (without > 0) {
    checks.push(note('images', `${without} tasks have no address of an image: they are left out.`))
  }
  return checks
}

async function imageCheck(
  client: Client,
  { tasks, sample }: ImagesFound,
  reach: Reach,
  signal: AbortSignal,
): Promise<Check> {
  if (tasks === 0) return note('image', 'The project has no tasks yet: import images.')
  if (sample === undefined) {
    return broken('image', 'No task has an address of an image: see <Image value="..."/>.')
  }
  const limits = { ...reach, mostBytes: mostImageBytes }
  try {
    const { name, bytes } = await readImage(client, sample, limits, signal)
    return ok('image', `${name} of task ${sample.id} can be read (${bytes.length} bytes).`)
  } catch (error) {
    const { finding } = brokenBy('image', error)
    return note('image', `The image of task ${sample.id} cannot be read. ${finding}`)
  }
}
