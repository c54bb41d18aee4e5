/** The kinds of generated pictures: shapes, patterns and colours of each. */
import type { ShapeRecipe } from './phantom-shapes.ts'
import {
  bubbles,
  cristae,
  cytoplasm,
  debris,
  fibres,
  gland,
  haze,
  mesh,
  nuclei,
  onion,
  type Pattern,
  rosette,
  stroma,
  web,
} from './phantom-tissue.ts'

type Colour = readonly [number, number, number]

export interface Kind {
  readonly name: string
  /** Pictures of this kind in a deck. */
  readonly inDeck: number
  readonly shapes: ShapeRecipe
  readonly inside: Pattern
  readonly outside: Pattern
  /** Colours 0..255 of: no stain, plain stain, nuclear stain. */
  readonly colours: readonly [Colour, Colour, Colour]
  /** 0..1: how much the patterns stand out of their mean; lower is harder. */
  readonly contrast: number
  /** Standard deviation of the camera's noise, grey levels. */
  readonly camera: number
  /** One sensor for all colours: grey stays grey. */
  readonly isGrey?: boolean
}

const round: ShapeRecipe = { radius: [14, 23], elongation: 1.4, wobble: 0.12, share: 0.33 }
const haematoxylin: Kind['colours'] = [
  [244, 238, 243],
  [226, 150, 190],
  [84, 56, 138],
]

/** Ten kinds of tissue; 32 pictures hold each as often as `inDeck` says. */
export const tissueKinds: readonly Kind[] = [
  {
    name: 'glands',
    inDeck: 5,
    shapes: { ...round, radius: [17, 25], share: 0.36 },
    inside: gland,
    outside: stroma,
    colours: haematoxylin,
    contrast: 1,
    camera: 4,
  },
  {
    name: 'follicles',
    inDeck: 5,
    shapes: round,
    inside: nuclei(5, 1.9),
    outside: mesh(11, 1.6),
    colours: [
      [236, 230, 244],
      [186, 160, 206],
      [62, 58, 126],
    ],
    contrast: 0.9,
    camera: 5,
  },
  {
    name: 'whorls',
    inDeck: 4,
    shapes: { ...round, radius: [16, 24], wobble: 0.1 },
    inside: onion(4),
    outside: fibres(6.5),
    colours: [
      [238, 236, 234],
      [204, 92, 96],
      [62, 92, 160],
    ],
    contrast: 0.9,
    camera: 5,
  },
  {
    name: 'crypts',
    inDeck: 4,
    shapes: { ...round, radius: [15, 23] },
    inside: rosette(4.5),
    outside: mesh(9, 1.2),
    colours: [
      [240, 228, 238],
      [206, 92, 156],
      [78, 66, 118],
    ],
    contrast: 0.9,
    camera: 5,
  },
  {
    name: 'fascicles',
    inDeck: 3,
    shapes: { ...round, elongation: 2, radius: [14, 22] },
    inside: mesh(6, 1.4),
    outside: fibres(5.5),
    colours: [
      [232, 220, 196],
      [196, 164, 122],
      [62, 48, 44],
    ],
    contrast: 0.8,
    camera: 6,
  },
  {
    name: 'islets',
    inDeck: 3,
    shapes: { ...round, radius: [16, 25] },
    inside: nuclei(4.5, 1.6),
    outside: nuclei(8, 2.9),
    colours: [
      [230, 232, 236],
      [198, 200, 214],
      [128, 82, 46],
    ],
    contrast: 0.7,
    camera: 8,
  },
  {
    name: 'necrosis',
    inDeck: 3,
    shapes: { ...round, wobble: 0.3, radius: [16, 25] },
    inside: debris,
    outside: nuclei(6.5, 2.1, 0.8),
    colours: haematoxylin,
    contrast: 0.7,
    camera: 8,
  },
  {
    name: 'nests',
    inDeck: 3,
    shapes: { ...round, elongation: 1.8 },
    inside: bubbles(6, 2.2),
    outside: nuclei(7, 2.4),
    colours: [
      [226, 234, 240],
      [140, 176, 208],
      [40, 62, 112],
    ],
    contrast: 0.8,
    camera: 6,
  },
  {
    name: 'mitochondria',
    inDeck: 1,
    shapes: { ...round, elongation: 2.4, radius: [13, 20], wobble: 0.08 },
    inside: cristae,
    outside: cytoplasm,
    colours: [
      [214, 214, 214],
      [156, 156, 156],
      [44, 44, 44],
    ],
    contrast: 0.9,
    camera: 7,
    isGrey: true,
  },
  {
    name: 'filaments',
    inDeck: 1,
    shapes: { ...round, radius: [17, 25], wobble: 0.2 },
    inside: web,
    outside: haze,
    colours: [
      [8, 10, 16],
      [60, 210, 90],
      [50, 70, 200],
    ],
    contrast: 1,
    camera: 6,
  },
]

/** One kind: a few small, finely layered bodies on stroma, about 2 % of the picture. */
export const sparseKinds: readonly Kind[] = [
  {
    name: 'bodies',
    inDeck: 1,
    shapes: { radius: [8, 10], elongation: 1.3, wobble: 0.08, share: 0.016 },
    inside: onion(4),
    outside: stroma,
    colours: haematoxylin,
    contrast: 1,
    camera: 4,
  },
]
