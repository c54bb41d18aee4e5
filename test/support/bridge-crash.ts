/** Kills a bridge at a certain call of one of its ports: before the call does anything, or before its answer is seen. */
import type { State } from '@suggestive/shared/bridge/state'
import { Problem } from '@suggestive/shared/problem'
import type { SidecarClient } from '@suggestive/shared/sidecar-client'
import type { EventWish } from '@suggestive/shared/sidecar-client/events'
import type { AnnotationTool } from '@suggestive/shared/tool'

interface Ports {
  readonly tool: AnnotationTool
  readonly sidecar: SidecarClient
  readonly state: State
}

class Crash extends Error {}

/** @param at call from 1 on; each page of a list is one */
export function mortal(ports: Ports, at: number, when: 'before' | 'after') {
  let calls = 0
  let isDead = false
  let stumblesAt = 0

  async function one<Result>(act: () => Promise<Result>): Promise<Result> {
    const isIt = ++calls === at
    if (calls === stumblesAt) throw new Problem('tool-failed', 'The line was cut.')
    if (isDead || (isIt && when === 'before')) {
      isDead = true
      throw new Crash('the process is dead')
    }
    const result = await act()
    if (isIt) isDead = true
    if (isDead) throw new Crash('the process is dead')
    return result
  }

  async function* pages(list: AsyncIterable<unknown>) {
    const iterator = list[Symbol.asyncIterator]()
    for (;;) {
      const { done, value } = await one(() => iterator.next())
      if (done === true) return
      yield value
    }
  }

  function wrapped(method: (...given: unknown[]) => unknown, owner: object) {
    return (...given: unknown[]) => {
      const result: unknown = Reflect.apply(method, owner, given)
      if (isList(result)) return pages(result)
      return one(async () => result)
    }
  }

  function wrap<Port extends object>(port: Port): Port {
    return new Proxy(port, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name)
        if (name === 'read' || typeof value !== 'function') return value
        if (name === 'events') {
          return (wish: EventWish) =>
            ports.sidecar.events({
              ...wish,
              onEvent: (event) => {
                if (!isDead) wish.onEvent(event)
              },
            })
        }
        return lazily(target, name, value)
      },
    })
  }

  /** What is called before the crash must not begin to act. */
  function lazily(target: object, name: string | symbol, value: object) {
    const method = (...given: unknown[]): unknown =>
      Reflect.apply(Object.assign(value), target, given)
    const isLazy = /^(tasks|changes|labels|queue|receipts)$/.test(String(name))
    if (isLazy) return wrapped(method, target)
    return (...given: unknown[]) => one(async () => method(...given))
  }

  return {
    tool: wrap(ports.tool),
    sidecar: wrap(ports.sidecar),
    state: wrap(ports.state),
    /** One call fails before it does anything; then all is well again. */
    stumble(inCalls: number) {
      stumblesAt = calls + 1 + inCalls
    },
    calls: () => calls,
    isDead: () => isDead,
  }
}

function isList(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}
