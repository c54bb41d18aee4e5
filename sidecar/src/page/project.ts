/** One project on the page: what is next, its figures, its round, the top of its queue. */
import type { RoundView } from '@suggestive/shared/protocol/round'
import { type Html, html, nothing } from '../app/report/html.ts'
import type { ShownProject, ShownRow } from './state.ts'

export function projectSection(shown: ShownProject): Html {
  const { project, round } = shown
  const title = `project-${project.id}`
  return html`<section class="project" aria-labelledby="${title}"><h2 id="${title}">${project.name}</h2>
<p class="soft">${project.id}, ${toolName(project.tool)}${project.paused ? ', paused' : ''}</p>
<p class="next">${project.nextStep}</p>
${round === undefined ? nothing : progress(project.id, round)}
${facts(shown)}
${queue(shown)}</section>
`
}

const toolNames = { 'label-studio': 'Label Studio', cvat: 'CVAT', none: 'over the REST interface' }
const toolName = (tool: keyof typeof toolNames) => toolNames[tool]

const running: readonly RoundView['state'][] = ['training', 'scoring', 'selecting', 'publishing']

function progress(project: string, round: RoundView): Html {
  if (!running.includes(round.state)) return nothing
  const value =
    round.state === 'training'
      ? round.membersTrained / Math.max(1, round.members)
      : round.scored / Math.max(1, round.pool)
  const text =
    round.state === 'training'
      ? `training, ${round.membersTrained} of ${round.members} networks are done`
      : `${round.state}, ${round.scored} of ${round.pool} images`
  return html`<h3>Round ${round.number}</h3>
<progress data-project="${project}" value="${value.toFixed(3)}" max="1" aria-label="Progress of round ${round.number}"></progress>
<p class="soft" id="progress-${project}">${text}</p>`
}

function facts({ project, round, queue, receipt }: ShownProject): Html {
  const { counts } = project
  const entries: [string, string, string][] = [
    ['Labelled', `${counts.labelled}`, `of ${counts.tasks} tasks`],
    [
      'Before connection',
      `${counts.beforeConnection}`,
      counts.beforeConnection === 0 ? 'none was labelled then' : 'taken in, cost unknown',
    ],
    ['Images here', `${counts.images}`, `${counts.inProgress} in progress`],
    ['Scored', round === undefined ? 'none yet' : `${round.scored}`, scoredOf(round)],
    ['Round', round === undefined ? 'none yet' : `${round.number}`, round?.state ?? ''],
    [
      'Dice on held-out images',
      round?.heldOutDice == null ? 'not yet' : round.heldOutDice.toFixed(2),
      'from 5 labelled images on',
    ],
    [
      'Queue revision',
      queue === undefined ? 'none yet' : `${queue.revision}`,
      queue === undefined ? '' : origins[queue.origin],
    ],
  ]
  if (receipt !== undefined)
    entries.push(['In the tool', receipt.outcome, `revision ${receipt.revision}`])
  return html`<dl>${entries.map(
    ([name, value, more]) =>
      html`<div><dt>${name}</dt><dd>${value}<small>${more}</small></dd></div>`,
  )}</dl>
${round?.failure == null ? nothing : html`<p>Round ${round.number} failed: ${round.failure}</p>`}
${round === undefined ? nothing : round.warnings.map((warning) => html`<p class="soft">${warning}</p>`)}`
}

function scoredOf(round: RoundView | undefined): string {
  if (round === undefined) return ''
  const isLimited = round.finishedAt !== null && round.scored < round.pool
  const limit = isLimited ? `, the limit is ${round.settings.scoreMinutes} minutes` : ''
  return `of ${round.pool} images${limit}`
}

const origins = {
  'cold-start': 'by appearance, before any network',
  round: 'by the networks',
  rollback: 'an earlier order again',
  addition: 'with new images at the end',
}

function queue({ project, queue, rows }: ShownProject): Html {
  if (queue === undefined) return nothing
  const how =
    queue.origin === 'cold-start'
      ? 'in the order in which they represent all images best'
      : `the first ${queue.published} are uncertain and represent the others`
  const caption = `The first ${rows.length} of ${queue.length}; ${how}.`
  return html`<h3 id="queue-${project.id}">Annotate next</h3>
<div class="scroll" tabindex="0" role="region" aria-labelledby="queue-${project.id}"><table>
<caption>${caption}</caption>
<thead><tr><th scope="col">Rank</th><th scope="col">Task</th><th scope="col">Uncertainty</th><th scope="col">Represents</th></tr></thead>
<tbody>
${rows.map(line)}</tbody></table></div>`
}

function line({ rank, name, url, uncertainty, represents }: ShownRow): Html {
  // The store has checked the address; the page does not rely on it.
  const isSafe = url !== null && /^https?:\/\//.test(url)
  return html`<tr><th scope="row">${rank}</th><td>${isSafe ? html`<a href="${url}">${name}</a>` : name}</td>
<td>${uncertainty === null ? '–' : uncertainty.toFixed(4)}</td><td>${represents === null ? '–' : represents}</td></tr>
`
}
