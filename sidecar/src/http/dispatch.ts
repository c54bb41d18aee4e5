/** Finds the route of an address by its parts: as fast for the last one of the table as for the first. */
import type { Route } from './route.ts'

/** @param Target what stands for a path */
interface Node<Target> {
  readonly literal: Map<string, Node<Target>>
  parameter: { readonly name: string; readonly node: Node<Target> } | undefined
  target: Target | undefined
}

export interface Found<Target> {
  readonly target: Target
  /** Decoded. */
  readonly params: Readonly<Record<string, string>>
}

/** @returns undefined for an address that has no route. @throws URIError for a wrong escape */
export type Find<Target> = (path: string) => Found<Target> | undefined

/** What is written out goes before parameters. @param targets by path, as in `Route.path` */
export function createFind<Target>(targets: ReadonlyMap<Route['path'], Target>): Find<Target> {
  const root = emptyNode<Target>()
  for (const [path, target] of targets) {
    let node = root
    for (const part of path.slice(1).split('/')) node = childOf(node, part)
    node.target = target
  }
  return (path) => {
    const params: Record<string, string> = {}
    const end = path.length > 1 && path.endsWith('/') ? -1 : undefined
    const target = walk(root, path.slice(1, end).split('/'), 0, params)
    return target === undefined ? undefined : { target, params }
  }
}

function walk<Target>(
  node: Node<Target>,
  parts: readonly string[],
  at: number,
  params: Record<string, string>,
): Target | undefined {
  const part = parts[at]
  if (part === undefined) return node.target
  const literal = node.literal.get(part)
  const found = literal === undefined ? undefined : walk(literal, parts, at + 1, params)
  if (found !== undefined || node.parameter === undefined || part === '') return found
  params[node.parameter.name] = part.includes('%') ? decodeURIComponent(part) : part
  return walk(node.parameter.node, parts, at + 1, params)
}

function childOf<Target>(node: Node<Target>, part: string): Node<Target> {
  if (part.startsWith(':')) {
    node.parameter ??= { name: part.slice(1), node: emptyNode() }
    if (node.parameter.name === part.slice(1)) return node.parameter.node
    throw new Error(`the parameter ${part} has two names`)
  }
  const child = node.literal.get(part) ?? emptyNode()
  node.literal.set(part, child)
  return child
}

function emptyNode<Target>(): Node<Target> {
  return { literal: new Map(), parameter: undefined, target: undefined }
}
