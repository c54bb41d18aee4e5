/** Forms with files, and lists spelled `name[0]`, `name[0][1]`. */
import { basename } from 'node:path'
import type { Request } from 'express'

export interface Form {
  /** Lists put together: `{ upload_file_order: ['a.png', 'b.png'] }`. */
  readonly fields: Record<string, unknown>
  /** In the order of the parts, named without folders. */
  readonly files: readonly { readonly name: string; readonly bytes: Uint8Array }[]
}

export async function readForm(request: Request): Promise<Form> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(Buffer.from(part))
  const headers = { 'Content-Type': request.get('content-type') ?? '' }
  const form = await new Response(Buffer.concat(parts), { headers }).formData()
  const pairs: [string, string][] = []
  const files: { name: string; bytes: Uint8Array }[] = []
  for (const [name, value] of form) {
    if (typeof value === 'string') pairs.push([name, value])
    else files.push({ name: basename(value.name), bytes: await value.bytes() })
  }
  return { fields: unfold(pairs), files }
}

function unfold(pairs: readonly (readonly [string, string])[]): Record<string, unknown> {
  const plain: Record<string, unknown> = {}
  const lists: Record<string, unknown[]> = {}
  for (const [key, value] of pairs) {
    const [, name = key, first, second] = /^(\w+)(?:\[(\d+)\])?(?:\[(\d+)\])?$/.exec(key) ?? []
    if (first === undefined) {
      plain[name] = value
      continue
    }
    const list = lists[name] ?? []
    lists[name] = list
    if (second === undefined) list[Number(first)] = value
    else {
      const inner = list[Number(first)]
      const own: unknown[] = Array.isArray(inner) ? inner : []
      own[Number(second)] = value
      list[Number(first)] = own
    }
  }
  return { ...plain, ...lists }
}
