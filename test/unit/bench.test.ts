/** The benchmark's own arithmetic and its interleaving, with peers that only count. */
import { describe, expect, it } from '@jest/globals'
import { decodePicture } from '@suggestive/sidecar/images'
import { interleave } from '../bench/interleave.ts'
import { compare } from '../bench/parity.ts'
import { type Peer, startPeer } from '../bench/peer.ts'
import { encodePng } from '../bench/png.ts'
import { spread } from '../bench/spread.ts'

/** A Node process that answers `step` with its own running number. */
const counting = `
  console.log('a line that is no answer')
  console.log(JSON.stringify({ ready: 'counter 1' }))
  let n = 0
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    if (line === 'die') { console.error('no more memory'); process.exit(3) }
    n++
    console.log(JSON.stringify({ wallMs: n, cpuStartMs: 10 * n, cpuEndMs: 10 * n + 7, peakMiB: n }))
  })`

function script(name: string, source: string) {
  return startPeer({ name, command: process.execPath, arguments: ['-e', source] })
}

async function started(name: string): Promise<Peer> {
  const peer = await script(name, counting)
  if ('unavailable' in peer) throw new Error(peer.unavailable)
  return peer
}

describe('interleave', () => {
  it('leaves warm-ups out and runs the peers in turn, in reversed order every second round', async () => {
    const log: string[] = []
    const peers = await Promise.all(['a', 'b'].map(started))
    const watched = peers.map((peer) => ({
      ...peer,
      async ask(command: string) {
        log.push(`${peer.name} begins`)
        const answer = await peer.ask(command)
        log.push(`${peer.name} ends`)
        return answer
      },
    }))
    const timings = await interleave(watched, { warmUps: 1, measurements: 3, restMs: 0 })
    await Promise.all(peers.map((peer) => peer.close()))

    const turn = (name: string) => [`${name} begins`, `${name} ends`]
    expect(log).toEqual(['a', 'b', 'b', 'a', 'a', 'b', 'b', 'a'].flatMap(turn))
    expect(
      timings.map((t) => [t.name, t.version, t.wall, t.cpu.median, t.idleCpuMs, t.peakMiB]),
    ).toEqual(
      ['a', 'b'].map((name) => [
        name,
        'counter 1',
        { count: 3, min: 2, lowerQuartile: 2.5, median: 3, upperQuartile: 3.5 },
        7,
        3,
        4,
      ]),
    )
  })
})

describe('a peer', () => {
  it('that cannot run here says why', async () => {
    const peer = await script('absent', `console.log('{"unavailable": "it is not installed"}')`)
    expect(peer).toEqual({ name: 'absent', unavailable: 'it is not installed' })
  })

  it('that ends fails the question with its last words', async () => {
    const peer = await started('mortal')
    await expect(peer.ask('die')).rejects.toThrow('The peer "mortal" ended (3): no more memory')
    await expect(peer.ask('step')).rejects.toThrow('ended')
  })

  it('that does not exist is a problem', async () => {
    const peer = startPeer({ name: 'nobody', command: '/no/such/program', arguments: [] })
    await expect(peer).rejects.toThrow('does not start')
  })
})

describe('compare', () => {
  const reference = { losses: [0.5, 0.25], outputs: Float32Array.of(0.2, 0.8) }

  it('passes up to a relative difference of a thousandth', () => {
    const peer = { losses: [0.5, 0.2502], outputs: Float32Array.of(0.2, 0.8004) }
    expect(compare(peer, reference)).toMatchObject({
      passed: true,
      loss: expect.closeTo(8e-4, 6),
      outputs: expect.closeTo(5e-4, 6),
    })
  })

  it.each([
    ['a loss', { losses: [0.5, 0.2503], outputs: reference.outputs }],
    ['an output', { losses: reference.losses, outputs: Float32Array.of(0.201, 0.8) }],
    ['not a number', { losses: [0.5, Number.NaN], outputs: reference.outputs }],
    [
      'an output that is not a number',
      { losses: reference.losses, outputs: Float32Array.of(0.2, Number.NaN) },
    ],
    ['a missing loss', { losses: [0.5], outputs: reference.outputs }],
    ['a missing output', { losses: reference.losses, outputs: Float32Array.of(0.2) }],
  ])('refuses %s', (_, peer) => {
    expect(compare(peer, reference).passed).toBe(false)
  })
})

describe('spread', () => {
  it('interpolates quartiles as numpy does', () => {
    // numpy.percentile([4, 1, 3, 2, 10], [25, 50, 75])
    expect(spread([4, 1, 3, 2, 10])).toEqual({
      count: 5,
      min: 1,
      lowerQuartile: 2,
      median: 3,
      upperQuartile: 4,
    })
    expect(spread([4, 1, 3, 2]).lowerQuartile).toBe(1.75)
  })
})

describe('encodePng', () => {
  it.each([1, 3] as const)('writes what the product reads, %i channels', async (channels) => {
    const data = Uint8Array.from({ length: 5 * 3 * channels }, (_, i) => (i * 37) % 256)
    const picture = await decodePicture(encodePng(5, 3, channels, data), 'a.png')
    expect(picture).toMatchObject({ width: 5, height: 3, channels })
    expect([...picture.data]).toEqual([...data])
  })
})
