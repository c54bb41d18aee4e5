/** Personal links: a secret path for each annotator that leads to their next job, and can be taken back. */
import { randomBytes } from 'node:crypto'
import { Problem } from '@suggestive/shared/problem'
import { isSame } from '@suggestive/shared/secret'
import { changeProject } from '@suggestive/shared/settings-file'
import type { Connected, CvatSettings, Person } from '../settings.ts'

export interface Owner {
  /** Id in CVAT. */
  readonly project: number
  readonly annotator: Person
}

export interface PersonalLink {
  readonly annotator: string
  readonly address: string
}

/** 256 bits: a link is all that is asked of its holder. */
const secretBytes = 32

/** Whose link it is. Takes as long whichever one it is. */
export function ownerOf(file: CvatSettings, secret: string): Owner | undefined {
  let found: Owner | undefined
  for (const [project, { links }] of Object.entries(file.read().projects)) {
    for (const link of links) {
      if (isSame(secret, link.secret))
        found = { project: Number(project), annotator: link.annotator }
    }
  }
  return found
}

/** As they are given to annotators. */
export function linksOf(file: CvatSettings, project: number): readonly PersonalLink[] {
  const { server, projects } = file.read()
  const base = (server?.linkAddress ?? '').replace(/\/+$/, '')
  return (projects[project]?.links ?? []).map(({ annotator, secret }) => ({
    annotator: annotator.username,
    address: `${base}/next/${secret}`,
  }))
}

/** Those who have none get one; the others keep theirs. */
export function withLinks(own: Connected, annotators: readonly Person[]): Connected {
  const known = new Set(own.links.map(({ annotator }) => annotator.id))
  const added = annotators.filter(({ id }) => !known.has(id)).map(newLink)
  return added.length === 0 ? own : { ...own, links: [...own.links, ...added] }
}

/** Instead of the one that they have. */
export function renewLink(file: CvatSettings, project: number, annotator: Person): Promise<void> {
  return changeProject(file, project, (own) => ({
    ...own,
    links: [...own.links.filter((one) => one.annotator.id !== annotator.id), newLink(annotator)],
  }))
}

/** @throws Problem `not-found` when nobody of that name has one */
export async function revokeLink(
  file: CvatSettings,
  project: number,
  username: string,
): Promise<void> {
  const isTheirs = (one: Connected['links'][number]) => one.annotator.username === username
  const links = file.read().projects[project]?.links ?? []
  if (!links.some(isTheirs)) {
    const names = links.map(({ annotator }) => annotator.username).join(', ')
    throw new Problem(
      'not-found',
      `${username} has no link in project ${project}: ${names === '' ? 'nobody has one' : `choose one of ${names}`}.`,
    )
  }
  await changeProject(file, project, (own) => ({
    ...own,
    links: own.links.filter((one) => !isTheirs(one)),
  }))
}

const newLink = (annotator: Person) => ({
  annotator,
  secret: randomBytes(secretBytes).toString('base64url'),
})
