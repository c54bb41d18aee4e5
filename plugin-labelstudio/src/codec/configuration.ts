/** What a project's labelling configuration says about classes: its XML, as the tool has parsed it. */
import type { ProjectClass } from '@suggestive/shared/protocol/project'
import { checked } from '@suggestive/shared/schema'
import { z } from 'zod'
import { colourOf } from './colour.ts'

export type Shape = 'brush' | 'polygon' | 'rectangle' | 'ellipse'

/** A tag that draws regions with labels of its own. */
export interface Control {
  /** `from_name` of its regions. */
  readonly name: string
  readonly shape: Shape
  readonly labels: readonly string[]
}

export interface Configuration {
  /** `to_name` of the regions. */
  readonly image: string
  /** Key of the task's data that holds the address of the image. */
  readonly dataKey: string
  /** Ids 1..n in the order of the configuration; a name in several controls is one class. */
  readonly classes: readonly ProjectClass[]
  readonly controls: readonly Control[]
  /** Names of controls whose regions do not matter. */
  readonly leftOut: readonly string[]
}

/** `reason`: one sentence for the project's owner that names the control and what to change. */
export type ConfigurationReading =
  | { readonly kind: 'handled'; readonly configuration: Configuration }
  | { readonly kind: 'refused'; readonly reason: string }

/** `parsed_label_config` of a project: control name to what it is. */
const parsedConfiguration = z.record(
  z.string(),
  z.looseObject({
    type: z.string(),
    to_name: z.array(z.string()).default([]),
    inputs: z.array(z.looseObject({ type: z.string(), value: z.string().nullish() })).default([]),
    labels: z.array(z.string()).default([]),
    labels_attrs: z
      .record(z.string(), z.looseObject({ background: z.string().optional() }))
      .default({}),
  }),
)

type ParsedControl = z.infer<typeof parsedConfiguration>[string]

const labelled: Readonly<Record<string, Shape>> = {
  BrushLabels: 'brush',
  PolygonLabels: 'polygon',
  RectangleLabels: 'rectangle',
  EllipseLabels: 'ellipse',
}
/** Regions of these have their label from a `Labels` tag beside them. */
const plain = ['Brush', 'Polygon', 'Rectangle', 'Ellipse']
/** They draw areas, too, in forms that cannot be read: masks would lack them. */
const unreadable = ['Bitmask', 'BitmaskLabels', 'Vector', 'VectorLabels']
/** Class ids are bytes, 0 is background. */
const mostClasses = 255

/**
 * Reads BrushLabels, PolygonLabels, RectangleLabels, EllipseLabels, and Labels beside plain Brush, Polygon, Rectangle or
 * Ellipse tags; key points, choices, texts and the like do not matter.
 *
 * @param parsed `parsed_label_config` of the project
 * @param leftOut names of controls that are no classes, e.g. boxes that only prompt the smart tool
 * @throws Problem `wrong-use` when it is no parsed configuration
 */
export function readConfiguration(
  parsed: unknown,
  leftOut: readonly string[] = [],
): ConfigurationReading {
  const all = checked(parsedConfiguration, parsed, 'The labelling configuration')
  const onImages = Object.entries(all).filter(
    ([name, { inputs }]) => !leftOut.includes(name) && inputs.some(({ type }) => type === 'Image'),
  )
  const hasPlain = onImages.some(([, { type }]) => plain.includes(type))
  const drawing = onImages.filter(
    ([, { type }]) => Object.hasOwn(labelled, type) || (hasPlain && type === 'Labels'),
  )
  const [first] = drawing
  const foreign = onImages.find(([, { type }]) => unreadable.includes(type))
  if (foreign !== undefined) {
    return refused(
      `The control "${foreign[0]}" (${foreign[1].type}) draws areas that cannot be read: use BrushLabels or PolygonLabels instead.`,
    )
  }
  if (first === undefined) {
    const others = Object.keys(all).map((name) => `"${name}"`)
    const found = others.length === 0 ? 'no control' : `only ${others.join(', ')}`
    return refused(
      `The labelling configuration has ${found}: add BrushLabels or PolygonLabels for the image.`,
    )
  }
  return refusal(drawing) ?? merged(drawing, first, leftOut)
}

type Named = readonly [name: string, control: ParsedControl]

function refusal(drawing: readonly Named[]): ConfigurationReading | undefined {
  const [first] = drawing
  for (const [name, { type, to_name, labels }] of drawing) {
    if (to_name.length !== 1) {
      return refused(
        `The control "${name}" (${type}) belongs to ${to_name.length} images (${to_name.join(', ')}): give each image a control of its own, in a project of its own.`,
      )
    }
    if (to_name[0] !== first?.[1].to_name[0]) {
      return refused(
        `The control "${name}" (${type}) labels the image "${to_name[0]}", but "${first?.[0]}" labels "${first?.[1].to_name[0]}": only one image of a task can be learnt; move one of them to a project of its own.`,
      )
    }
    if (labels.length === 0) {
      return refused(
        `The control "${name}" (${type}) takes its labels from the tasks: write them into the configuration as <Label value="..."/>.`,
      )
    }
    const wrong = labels.find((label) => !/^\P{Cc}{1,200}$/u.test(label))
    if (wrong !== undefined) {
      return refused(
        `The control "${name}" (${type}) has a label that is no name of 1 to 200 characters in one line (${JSON.stringify(wrong.slice(0, 20))}): rename it.`,
      )
    }
  }
  return undefined
}

function merged(
  drawing: readonly Named[],
  [firstName, first]: Named,
  leftOut: readonly string[],
): ConfigurationReading {
  const classes: ProjectClass[] = []
  const controls: Control[] = []
  for (const [name, { type, labels, labels_attrs }] of drawing) {
    const shape = labelled[type]
    if (shape !== undefined) controls.push({ name, shape, labels })
    for (const label of labels) {
      if (classes.some((known) => known.name === label)) continue
      const colour = colourOf(labels_attrs[label]?.background)
      const id = classes.length + 1
      classes.push(colour === undefined ? { id, name: label } : { id, name: label, colour })
    }
  }
  if (classes.length > mostClasses) {
    return refused(
      `The controls of "${first.to_name[0]}" have ${classes.length} labels, but ${mostClasses} are possible: split the project.`,
    )
  }
  const value = first.inputs.find(({ type }) => type === 'Image')?.value?.replace(/^\$/, '')
  if (value === undefined || value === '') {
    return refused(
      `The control "${firstName}" has an image without a value: write <Image name="${first.to_name[0]}" value="$image"/>.`,
    )
  }
  const image = first.to_name[0] ?? ''
  const configuration = { image, dataKey: value, classes, controls, leftOut }
  return { kind: 'handled', configuration }
}

const refused = (reason: string): ConfigurationReading => ({ kind: 'refused', reason })
