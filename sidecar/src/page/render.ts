/** The page as HTML; every text of people and tools is escaped. */
import type { ProblemView } from '@suggestive/shared/protocol/event'
import { type Html, html, nothing } from '../app/report/html.ts'
import { projectSection } from './project.ts'
import type { PageState } from './state.ts'
import { firstSteps } from './steps.ts'

export interface Visitor {
  readonly name: string
  readonly role: string
  /** There are no tokens: everybody on this machine may do everything. */
  readonly isOpen: boolean
}

/** @param address under which the browser sees the server, e.g. `http://127.0.0.1:8470` */
export function renderPage(
  state: PageState,
  visitor: Visitor,
  version: string,
  address: string,
  invitations: readonly Invitation[] = [],
): string {
  const body = html`${problems(state.problems)}
${
  state.projects.length === 0
    ? firstSteps(address, !visitor.isOpen)
    : state.projects.map(projectSection)
}
${invitations.map(
  ({ tool, form }) => html`<p><a href="${form}">Connect a project of ${tool}</a></p>`,
)}`
  return page(
    html`<main class="wide" data-event="${state.eventId}">
${body}</main>`,
    who(visitor),
    html`Version ${version}. <span id="live" role="status">Reload to see changes.</span>`,
  )
}

/** A form of a plugin that runs. */
export interface Invitation {
  /** Its name for people. */
  readonly tool: string
  readonly form: string
}

/** What somebody without a session sees. */
export function renderSignIn(version: string): string {
  return page(
    html`<main class="wide">
<h2>Sign in</h2>
<p>Paste your token. The owner of this server makes one with <code>npx suggest token --name NAME</code>.</p>
<form id="sign-in">
<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required minlength="32">
<button type="submit">Sign in</button>
<p id="said" role="alert"></p>
</form>
<noscript><p>Signing in needs JavaScript.</p></noscript></main>`,
    nothing,
    html`Version ${version}.<span id="live"></span>`,
  )
}

function page(main: Html, visitor: Html, foot: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Suggestive annotation</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page.css">
<script src="/page.js" defer></script>
</head>
<body>
<header><div class="wide"><h1>Suggestive annotation</h1>${visitor}</div></header>
${main}
<footer><div class="wide">${foot}</div></footer>
</body>
</html>
`.html
}

function who({ name, role, isOpen }: Visitor): Html {
  return isOpen
    ? html`<span class="who">Open to everybody on this machine</span>`
    : html`<span class="who">${name} (${role})<button id="sign-out" type="button">Sign out</button></span>`
}

function problems(list: readonly ProblemView[]): Html {
  if (list.length === 0) return nothing
  const title = list.length === 1 ? 'One problem' : `${list.length} problems`
  return html`<section class="problems" aria-labelledby="problems-title"><h2 id="problems-title">${title}</h2>
<ul>
${list.map(
  ({ project, sentence, remedy, url }) =>
    html`<li>${project === null ? '' : `${project}: `}${sentence} <strong>${remedy}</strong>${link(url)}</li>
`,
)}</ul></section>`
}

function link(url: string | null): Html {
  return url === null || !/^https?:\/\//.test(url)
    ? nothing
    : html` <a href="${url}">Look at it</a>`
}
