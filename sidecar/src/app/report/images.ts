/** The report's pictures: which images were suggested round by round, and which images look alike to the ensemble. */
import type { StrategyName } from '../../domain/strategies.ts'
import { percent } from '../replay/conclusions.ts'
import type { ImageRecord, ReplayResult, RoundResult } from '../replay/result.ts'
import { type Html, html, nothing, section } from './html.ts'

/** Data URIs by image digest. */
export type Thumbnails = ReadonlyMap<string, string>

/** Examples of similar images that are shown. */
const examples = 12

/** Digests of the images that the report shows. */
export function shownImages(result: ReplayResult): Set<string> {
  const digests = new Map(result.pool.images.map(({ name, digest }) => [name, digest]))
  const suggested = result.rounds
    .filter(({ seed, stage }) => seed === 1 && stage !== 'reference')
    .flatMap(({ added }) => added.flatMap((name) => digests.get(name) ?? []))
  const alike = exampleRows(result).flatMap((row) => {
    const rows = [row, ...(result.neighbours.images[row]?.rows ?? [])]
    return rows.flatMap((one) => result.test.images[one]?.digest ?? [])
  })
  return new Set([...suggested, ...alike])
}

/** Every thumbnail once; the page refers to them by digest. */
export function thumbnailSheet(thumbnails: Thumbnails): Html {
  return html`<svg class="sheet" aria-hidden="true"><defs>${[...thumbnails].map(
    ([digest, uri]) =>
      html`<image id="i-${digest.slice(0, 16)}" width="56" height="56" href="${uri}"/>
`,
  )}</defs></svg>`
}

function thumb({ name, digest, kind }: ImageRecord, thumbnails: Thumbnails): Html {
  if (!thumbnails.has(digest)) return nothing
  const label = kind === null ? name : `${name} (${kind})`
  return html`<svg class="thumb" viewBox="0 0 56 56" role="img" aria-label="${label}"><title>${label}</title><use href="#i-${digest.slice(0, 16)}"/></svg>`
}

export function suggestedSection(result: ReplayResult, thumbnails: Thumbnails): Html {
  const hasKinds = result.pool.kinds > 0
  const note = hasKinds
    ? 'A blue frame marks the first image of its kind. Strategies do not know the kinds.'
    : ''
  return section({
    id: 'suggested',
    title: 'Suggested images, round by round',
    body: [
      html`<p>Seed 1. Every strategy starts from the same random images; each round shows what it asked for next, in
its order. ${note} Thumbnails show the middle of an image with stretched contrast.</p>`,
      ...result.settings.strategies.map((strategy, index) =>
        rounds(result, strategy, thumbnails, index === 0),
      ),
    ],
  })
}

function rounds(
  result: ReplayResult,
  strategy: StrategyName,
  thumbnails: Thumbnails,
  isOpen: boolean,
): Html {
  const images = new Map(result.pool.images.map((image) => [image.name, image]))
  const seen = new Set<string>()
  const own = result.rounds
    .filter(({ seed, stage }) => seed === 1 && (stage === 'initial' || stage === strategy))
    .sort((a, b) => a.round - b.round)
  const items = own.map((round) => {
    const thumbs = round.added.flatMap((name) => {
      const image = images.get(name)
      if (!image) return []
      const isFirst = image.kind !== null && !seen.has(image.kind)
      if (image.kind !== null) seen.add(image.kind)
      return html`<li${{ html: isFirst ? ' class="first"' : '' }}>${thumb(image, thumbnails)}${image.kind ?? ''}</li>`
    })
    return html`<li>${when(round, seen.size, result.pool.kinds)}<ul class="thumbs">${thumbs}</ul></li>
`
  })
  return html`<details class="strategy"${{ html: isOpen ? ' open' : '' }}><summary>${strategy}</summary><ol class="rounds">
${items}</ol></details>`
}

function when(round: RoundResult, kinds: number, allKinds: number): Html {
  const name = round.round === 0 ? 'Start (random)' : `Round ${round.round}`
  const covered = allKinds > 0 ? html`<br>${kinds} of ${allKinds} kinds` : nothing
  return html`<div class="when"><b>${name}</b>${round.images} images, ${percent(round.fraction)}<br>Dice ${round.perImage.dice.toFixed(3)}${covered}</div>`
}

/** Test images spread over the whole set. */
function exampleRows({ test }: ReplayResult): number[] {
  const count = Math.min(examples, test.images.length)
  return Array.from({ length: count }, (_, i) => Math.floor((i * test.images.length) / count))
}

export function alikeSection(result: ReplayResult, thumbnails: Thumbnails): Html {
  const { neighbours, test } = result
  if (test.images.length < 2) return nothing
  const kinds = neighbours.sameKind
  const measured = kinds
    ? ` The nearest image is of the same kind in ${percent(kinds.nearest)} of the cases; a random other image would be in ${percent(kinds.chance)}.`
    : ''
  const whose =
    neighbours.stage === 'reference'
      ? 'the ensemble trained on the whole pool'
      : `the last ensemble of ${neighbours.stage}`
  const groups = exampleRows(result).map((row) => {
    const image = test.images[row]
    const near = neighbours.images[row]
    if (!image || !near) return nothing
    const others = near.rows.flatMap((other, i) => {
      const found = test.images[other]
      return found
        ? html`<li>${thumb(found, thumbnails)}${(near.similarities[i] ?? 0).toFixed(3)}</li>`
        : []
    })
    return html`<div><ul class="thumbs from"><li>${thumb(image, thumbnails)}${image.kind ?? image.name.slice(0, 12)}</li></ul><ul class="thumbs">${others}</ul></div>
`
  })
  return section({
    id: 'alike',
    title: 'Images that look alike to the ensemble',
    body: [
      html`<p>Test images and the test images nearest to them by descriptor, with the cosine (paper, Fig. 4); descriptors
of ${whose}, seed 1.${measured}</p>
<div class="alike">${groups}</div>`,
    ],
  })
}
