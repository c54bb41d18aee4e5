/** The replay's report: one HTML page that needs no network, with every chart also as a table. */
import type { ReplayResult } from './replay/result.ts'
import { curvesSection } from './report/curves.ts'
import { duration, plural } from './report/format.ts'
import { type Html, html } from './report/html.ts'
import { alikeSection, suggestedSection, type Thumbnails, thumbnailSheet } from './report/images.ts'
import { styleSheet } from './report/style.ts'
import { calibrationSection, classesSection, kindsSection, originSection } from './report/tables.ts'
import { leadSentence, verdictSection } from './report/verdict.ts'

/** The whole page. `thumbnails`: data URIs by digest, of the images in `shownImages(result)`. */
export function reportPage(result: ReplayResult, thumbnails: Thumbnails): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Annotation replay</title>
<style>${{ html: styleSheet }}</style>
</head>
<body>
<main>
<header>
<h1>Annotation replay</h1>
<p class="lead">${leadSentence(result)}</p>
${facts(result)}
</header>
${verdictSection(result)}${curvesSection(result)}${suggestedSection(result, thumbnails)}${calibrationSection(result)}${alikeSection(result, thumbnails)}${kindsSection(result)}${classesSection(result)}
${originSection(result)}
</main>
${thumbnailSheet(thumbnails)}
</body>
</html>
`
  return page.html
}

function facts({ pool, test, seeds, settings, rounds, classValues }: ReplayResult): Html {
  const { members, network, profile } = settings.settings
  const seconds = rounds.reduce((sum, round) => sum + round.seconds, 0)
  const list: readonly (readonly [string, string])[] = [
    ['Pool', plural(pool.images.length, 'image')],
    ['Test set', plural(test.images.length, 'image')],
    ['Classes', String(classValues.length - 1)],
    ['Seeds', String(seeds.length)],
    ['Batch', `${settings.k} of ${settings.candidates}`],
    ['Ensemble', `${members} × ${network.toUpperCase()}`],
    ['Profile', profile],
    ['Ensembles trained', String(rounds.length)],
    ['Computing', duration(seconds)],
  ]
  return html`<dl class="facts">${list.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}
