import { describe, expect, it } from '@jest/globals'
import {
  decodeMask,
  decodeObjects,
  decodePicture,
  encodeMap,
  encodeMask,
  pictureSize,
} from '@suggestive/sidecar/images'
import { goldenJson } from '../support/golden.ts'
import { problemOf } from '../support/problems.ts'

interface Golden {
  readonly width: number
  readonly height: number
  readonly files: Record<string, { base64: string; channels: 1 | 3 | null; pixels?: number[] }>
}
const { width, height, files } = goldenJson<Golden>('images.json')
const bytesOf = (name: string) => Buffer.from(files[name]?.base64 ?? '', 'base64')
const exact = Object.keys(files).filter((name) => files[name]?.pixels)
const lossy = ['rgb.jpg', 'grey.jpg', 'cmyk.jpg', 'turned.jpg']

describe('a picture', () => {
  it('is tested with files of every kind', () => {
    expect(exact.length).toBeGreaterThanOrEqual(15)
  })

  it.each(exact)('has the stored pixels: %s', async (name) => {
    const picture = await decodePicture(bytesOf(name), name)
    const { pixels = [], channels } = files[name] ?? {}
    expect([picture.width, picture.height]).toEqual([width, height])
    expect(picture.channels).toBe(channels)
    expect(picture.data.BYTES_PER_ELEMENT).toBe(name.includes('16') ? 2 : 1)
    expect([...picture.data]).toEqual(pixels)
  })

  it.each(lossy)('has the stored size and channels: %s', async (name) => {
    const picture = await decodePicture(bytesOf(name), name)
    expect([picture.width, picture.height]).toEqual([width, height])
    expect(picture.channels).toBe(files[name]?.channels)
    expect(picture.data).toHaveLength(width * height * picture.channels)
    expect(new Set(picture.data).size).toBeGreaterThan(10)
  })

  it.each([
    ['float.tif', 'float samples'],
    ['pages.tif', '2 pages'],
    ['colours.gif', 'is a gif file'],
    ['plain.bmp', 'no image'],
    ['zero.png', 'no image'],
  ])('is refused in one sentence: %s', async (name, words) => {
    const sentence = await problemOf('unreadable-input', () => decodePicture(bytesOf(name), name))
    expect(sentence).toContain(`The image ${name} `)
    expect(sentence).toContain(words)
    expect(sentence).toContain('save it again as PNG')
  })

  it('is refused when its file is empty or something else', async () => {
    const empty = await problemOf('unreadable-input', () => decodePicture(Buffer.alloc(0), 'a.png'))
    expect(empty).toContain('a.png is empty (0 bytes)')
    await problemOf('unreadable-input', () => decodePicture(Buffer.from('%PDF-1.4 ...'), 'a.png'))
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    await problemOf('unreadable-input', () => decodePicture(Buffer.from(svg), 'a.png'))
  })

  it.each(['rgb.png', 'rgb.jpg', 'rgb.tif', 'rgb.webp', 'grey16.png', 'grey16.tif'])(
    'is refused when its file is cut: %s',
    async (name) => {
      const bytes = bytesOf(name)
      for (const share of [0.1, 0.5, 0.9]) {
        const part = bytes.subarray(0, Math.floor(bytes.length * share))
        const sentence = await problemOf('unreadable-input', () => decodePicture(part, name))
        expect(sentence).toMatch(/truncated|no image/)
      }
    },
  )

  it('tells its size without decoding', async () => {
    expect(await pictureSize(bytesOf('turned.jpg'), 'turned.jpg')).toEqual({ width, height })
  })
})

describe('a mask', () => {
  it.each(['grey.png', 'palette-grey.png', 'bit.png', 'grey-alpha.png'])(
    'has the stored values: %s',
    async (name) => {
      const mask = await decodeMask(bytesOf(name), name)
      expect([mask.width, mask.height]).toEqual([width, height])
      expect([...mask.values]).toEqual(files[name]?.pixels)
    },
  )

  it('may have 16 bits when its values are class ids', async () => {
    const ids = Uint16Array.of(0, 1, 255, 2)
    expect([...(await decodeMask(await encodeMap(2, 2, ids), 'm')).values]).toEqual([0, 1, 255, 2])
    const large = await encodeMap(2, 1, Uint16Array.of(0, 256))
    expect(await problemOf('wrong-use', () => decodeMask(large, 'm.png'))).toContain('256')
  })

  it.each([
    ['rgb.png', 'has colours'],
    ['palette.png', 'has colours'],
    ['grey.jpg', 'jpeg'],
    ['rgb.webp', 'webp'],
  ])('is refused in one sentence: %s', async (name, words) => {
    const sentence = await problemOf('wrong-use', () => decodeMask(bytesOf(name), name))
    expect(sentence).toContain(`The mask ${name} `)
    expect(sentence).toContain(words)
    expect(sentence).toContain('save it as grey PNG')
  })

  it('of objects keeps ids up to 65535', async () => {
    const ids = Uint16Array.of(0, 300, 65535, 1)
    expect((await decodeObjects(await encodeMap(2, 2, ids), 'o')).ids).toEqual(ids)
    const few = await encodeMask(2, 1, Uint8Array.of(0, 9))
    expect((await decodeObjects(few, 'o')).ids).toEqual(Uint16Array.of(0, 9))
  })
})

describe('written PNG', () => {
  /** Width, height, bit depth and colour type as the file states them. */
  const header = (png: Buffer) => [png.readUInt32BE(16), png.readUInt32BE(20), png[24], png[25]]

  it('is one channel of 8 bits for masks and comes back unchanged', async () => {
    const data = Uint8Array.from({ length: 300 * 5 }, (_, i) => i % 256)
    const png = await encodeMask(300, 5, data)
    expect(header(png)).toEqual([300, 5, 8, 0])
    expect((await decodeMask(png, 'm')).values).toEqual(data)
  })

  it('is one channel of 16 bits for maps and comes back unchanged', async () => {
    const data = Uint16Array.from({ length: 300 * 5 }, (_, i) => (i * 43) % 65536)
    const png = await encodeMap(300, 5, data)
    expect(header(png)).toEqual([300, 5, 16, 0])
    const { data: back, channels } = await decodePicture(png, 'm')
    expect(channels).toBe(1)
    expect(back).toEqual(data)
  })

  it('stays grey when two values only or one pixel are written', async () => {
    const png = await encodeMask(1, 1, Uint8Array.of(255))
    expect(header(png)).toEqual([1, 1, 8, 0])
    expect([...(await decodeMask(png, 'm')).values]).toEqual([255])
  })
})
