import { createHash } from 'node:crypto'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { imageSources, labelledSources } from '@suggestive/sidecar/folder'
import { encodeMap, encodeMask } from '@suggestive/sidecar/images'
import { listImages, pairMasks } from '@suggestive/sidecar/listing'
import { withFolder } from '../support/folders.ts'
import { problemOf } from '../support/problems.ts'

const grey = (width: number, height: number, ...values: number[]) =>
  encodeMask(
    width,
    height,
    Uint8Array.from({ length: width * height }, (_, i) => values[i % values.length] ?? 0),
  )

describe('listing images', () => {
  it('takes image files by name in byte order and nothing else', async () => {
    const files = ['b.png', 'a.b.JPG', 'a-1.tif', 'B.jpeg', '.hidden.png', 'notes.txt', 'é.webp']
    await withFolder(Object.fromEntries(files.map((file) => [file, ''])), async (folder) => {
      mkdirSync(join(folder, 'folder.png'))
      writeFileSync(join(folder, '\u{1F52C}.png'), '')
      writeFileSync(join(folder, '\uFF41.png'), '')
      symlinkSync(join(folder, 'b.png'), join(folder, 'link.png'))
      const images = await listImages(folder)
      // UTF-16 order would put the microscope before the wide letter.
      const names = ['B', 'a-1', 'a.b', 'b', 'link', 'é', '\uFF41', '\u{1F52C}']
      expect(images.map((image) => image.name)).toEqual(names)
      expect(images[2]?.path).toBe(join(folder, 'a.b.JPG'))
    })
  })

  it('refuses two images of one name', async () => {
    await withFolder({ 'a.png': '', 'a.jpg': '' }, async (folder) => {
      const sentence = await problemOf('wrong-use', () => listImages(folder))
      expect(sentence).toContain(join(folder, 'a.jpg'))
      expect(sentence).toContain(join(folder, 'a.png'))
    })
    // One name for people, composed and decomposed.
    await withFolder({ '\u00e9.png': '', 'e\u0301.jpg': '' }, async (folder) => {
      await problemOf('wrong-use', () => listImages(folder))
    })
  })

  it('says what is wrong with a folder without images', async () => {
    await withFolder({ 'a/x.bmp': '', 'a/y.txt': '', 'b/.x.png': '' }, async (folder) => {
      const other = await problemOf('wrong-use', () => listImages(join(folder, 'a')))
      expect(other).toMatch(/holds 2 files, but no images: .*\.png \.jpg/)
      const empty = await problemOf('wrong-use', () => listImages(join(folder, 'b')))
      expect(empty).toContain('is empty')
      const none = await problemOf('wrong-use', () => listImages(join(folder, 'c')))
      expect(none).toContain('does not exist')
      const file = await problemOf('wrong-use', () => listImages(join(folder, 'a', 'x.bmp')))
      expect(file).toContain('is no folder')
    })
  })
})

describe('pairing masks', () => {
  const images = ['a', 'b', 'c.mask', 'd', 'e'].map((name) => ({ name, path: `/i/${name}.jpg` }))
  const pair = (...files: string[]) =>
    withFolder(Object.fromEntries(files.map((file) => [file, ''])), async (folder) =>
      (await pairMasks(images, folder)).map(({ maskPath }) => maskPath.slice(folder.length + 1)),
    )

  it('finds NAME.png and NAME.mask.png beside the other maps of a prediction', async () => {
    const maps = ['a.uncertainty.png', 'b.probability.png', 'b.probability.2.png', 'scores.csv']
    const masks = ['a.png', 'b.mask.png', 'c.mask.PNG', 'd.mask.png', 'e.png']
    expect(await pair(...maps, ...masks)).toEqual(masks)
  })

  it('names what is missing and what has no image in one sentence', async () => {
    const sentence = await problemOf('wrong-use', () => pair('d.png', 'x.png', 'y.mask.png'))
    expect(sentence).toMatch(/^4 images have no mask in .* \(a, b, c\.mask, \.\.\.\), and 2 masks/)
    expect(sentence).toContain('(x.png, y.mask.png)')
  })

  it('refuses two masks for one image', async () => {
    const sentence = await problemOf('wrong-use', () => pair('a.png', 'a.mask.png'))
    expect(sentence).toMatch(/The image a has two masks/)
  })
})

describe('sources', () => {
  it('have the digest of the file and its pixels', async () => {
    const png = await grey(4, 3, 1, 2, 3)
    await withFolder({ 'a.png': png, 'b.png': png }, async (folder) => {
      const sources = await imageSources(folder)
      const digest = createHash('sha256').update(png).digest('hex')
      expect(sources.map(({ name, digest: d }) => [name, d])).toEqual([
        ['a', digest],
        ['b', digest],
      ])
      const [first, second] = sources
      const picture = await first?.readPicture()
      expect(picture).toMatchObject({ width: 4, height: 3, channels: 1 })
      // Byte-identical images are decoded once.
      expect(await second?.readPicture()).toBe(picture)
    })
  })

  it('notice a file that changes while it is in use', async () => {
    await withFolder({ 'a.png': await grey(4, 3, 1) }, async (folder) => {
      const [source] = await imageSources(folder)
      writeFileSync(join(folder, 'a.png'), await grey(4, 3, 2))
      const sentence = await problemOf('unreadable-input', () => source?.readPicture())
      expect(sentence).toContain('has changed')
    })
  })
})

describe('labelled sources', () => {
  const labelled = async (
    masks: Record<string, Uint8Array>,
    use: typeof labelledSources = labelledSources,
    classValues?: number[],
  ) => {
    const files: Record<string, Uint8Array> = {}
    for (const [name, bytes] of Object.entries(masks)) {
      files[`images/${name}.png`] = await grey(4, 3, name.charCodeAt(0))
      files[`masks/${name}.png`] = bytes
    }
    return withFolder(files, async (folder) => {
      const set = await use(
        join(folder, 'images'),
        join(folder, 'masks'),
        classValues ? { classValues } : {},
      )
      const read = await Promise.all(set.sources.map((source) => source.readMask()))
      return { ...set, masks: read.map((mask) => [...mask.data.slice(0, 3)]) }
    })
  }

  it('turn mask values into class indices', async () => {
    const set = await labelled({ a: await grey(4, 3, 0, 255, 0), b: await grey(4, 3, 0) })
    expect(set.classValues).toEqual([0, 255])
    expect(set.warnings).toEqual([])
    expect(set.masks).toEqual([
      [0, 1, 0],
      [0, 0, 0],
    ])
  })

  it('find the classes over all masks', async () => {
    const set = await labelled({ a: await grey(4, 3, 0, 40, 7), b: await grey(4, 3, 0, 9, 9) })
    expect(set.classValues).toEqual([0, 7, 9, 40])
    expect(set.masks).toEqual([
      [0, 3, 1],
      [0, 2, 2],
    ])
  })

  it('take the classes of a training set', async () => {
    const one = { a: await grey(4, 3, 0, 2, 2) }
    expect((await labelled(one, labelledSources, [0, 1, 2])).masks).toEqual([[0, 2, 2]])
    const sentence = await problemOf('wrong-use', () => labelled(one, labelledSources, [0, 255]))
    expect(sentence).toMatch(/masks.a\.png holds the value 2, but the classes are 0, 255/)
  })

  it('refuse a mask of another size, naming both files and sizes', async () => {
    const sentence = await problemOf('wrong-use', async () => labelled({ a: await grey(3, 4, 0) }))
    expect(sentence).toMatch(
      /masks.a\.png has 3 x 4 pixels, but its image .*images.a\.png has 4 x 3/,
    )
    await problemOf('wrong-use', async () => labelled({ a: await grey(4, 4, 0) }))
  })

  it('refuse masks of object ids', async () => {
    const ids = await encodeMap(
      4,
      3,
      Uint16Array.from({ length: 12 }, (_, i) => i * 100),
    )
    expect(await problemOf('wrong-use', () => labelled({ a: ids }))).toContain(
      'class ids end at 255',
    )
  })

  it('warn of an all-background set', async () => {
    const set = await labelled({ a: await grey(4, 3, 0) })
    expect(set.classValues).toEqual([0, 255])
    expect(set.warnings.join()).toContain('background only')
  })
})
