import { describe, expect, it } from '@jest/globals'
import * as wire from '@suggestive/plugin-cvat/client/wire'
import { classesOf } from '@suggestive/plugin-cvat/codec/classes'
import { projectClass } from '@suggestive/shared/protocol/project'
import { recorded } from '../support/cvat-wire.ts'
import { problemOf } from '../support/problems.ts'

const label = (id: number, type: string, more: Readonly<Record<string, unknown>> = {}) =>
  wire.label.parse({ id, name: `label ${id}`, color: '#FF0000', type, parent_id: null, ...more })

describe('classes of a project', () => {
  it('are the recorded labels', () => {
    const { results } = wire.pageOf(wire.label).parse(recorded('labels').body)
    const { classes, labels, ignored } = classesOf(results)
    expect(classes).toEqual([
      { id: 1, name: 'gland', colour: '#ff0000' },
      { id: 2, name: 'other', colour: '#51b90a' },
    ])
    expect(labels).toEqual([
      { classId: 1, labelId: 1, name: 'gland', type: 'mask' },
      { classId: 2, labelId: 2, name: 'other', type: 'any' },
    ])
    expect(ignored).toEqual([])
  })

  it('keep their ids, whatever the order, when a label is added', () => {
    const [a, b, c] = [label(7, 'mask'), label(9, 'polygon'), label(12, 'any')]
    const ids = (labels: readonly wire.LabelDefinition[]) =>
      classesOf(labels).labels.map(({ classId, labelId }) => [classId, labelId])
    expect(ids([b, a])).toEqual([
      [1, 7],
      [2, 9],
    ])
    expect(ids([c, b, a])).toEqual([...ids([a, b]), [3, 12]])
  })

  it('keep their ids when another label goes, which hands its own on to one of its name', () => {
    const [a, b, c] = [label(7, 'mask'), label(9, 'polygon'), label(12, 'any')]
    const before = classesOf([a, b, c])
    const without = classesOf([b, c], before.numbers)
    const named = (one: typeof before) => one.classes.map(({ id, name }) => [id, name])
    expect(named(without)).toEqual(named(before))
    expect(without.labels.map(({ classId, labelId }) => [classId, labelId])).toEqual([
      [2, 9],
      [3, 12],
    ])
    const again = [b, c, label(20, 'mask'), label(21, 'mask', { name: a.name })]
    const after = classesOf(again, without.numbers)
    expect(named(after)).toEqual([...named(before), [4, 'label 20']])
    expect(after.labels[0]).toMatchObject({ classId: 1, labelId: 21 })
    expect(classesOf(again, after.numbers)).toEqual(after)
  })

  it('are only labels for areas; others are named', () => {
    const { classes, ignored } = classesOf([
      label(1, 'points'),
      label(2, 'rectangle'),
      label(3, 'skeleton'),
      label(4, 'mask', { parent_id: 3 }),
      label(5, 'ellipse', { color: 'red' }),
      label(6, 'mask', { name: 'two\nlines' }),
    ])
    expect(classes).toEqual([
      { id: 1, name: 'label 2', colour: '#ff0000' },
      { id: 2, name: 'label 5' },
    ])
    expect(() => classes.map((one) => projectClass.parse(one))).not.toThrow()
    expect(ignored.map((sentence) => sentence.split(' is ')[0])).toEqual([
      ...['The label "label 1"', 'The label "label 3"', 'The label "two\\nlines"'],
    ])
  })

  it.each([
    ['no labels', []],
    ['no label for areas', [label(1, 'tag'), label(2, 'polyline')]],
  ])('are refused where there are %s', async (found, labels) => {
    const sentence = await problemOf('wrong-use', () => classesOf(labels))
    expect(sentence).toContain(`The project has ${found}: add a label of type "mask"`)
    for (const { name } of labels) expect(sentence).toContain(name)
  })

  it('are 255 at most', async () => {
    const labels = Array.from({ length: 256 }, (_, id) => label(id, 'mask'))
    expect(classesOf(labels.slice(1)).classes.length).toBe(255)
    expect(await problemOf('wrong-use', () => classesOf(labels))).toContain('256 labels for areas')
  })
})
