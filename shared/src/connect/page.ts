/** The form that connects a project, around what one tool asks. */

export interface ConnectPage {
  /** The tool's name for people. */
  readonly tool: string
  /** What annotators will notice, as HTML. */
  readonly promise: string
  /** The same on the command line. */
  readonly command: string
  /** The fields of the first step, as HTML; so is everything that follows. */
  readonly server: string
  /** Beside the address of this server, which every tool needs. */
  readonly moreServer: string
  /** An example of that address. */
  readonly pluginExample: string
  /** Of the project, once it is chosen. */
  readonly project?: string
  /** Of the sidecar's page. */
  readonly page: string
  /** Whoever asks sits at this machine. */
  readonly isHere: boolean
}

export const escaped = (text: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')

export function connectPage(form: ConnectPage): string {
  const { tool, promise, command, server, moreServer, pluginExample, project, page, isHere } = form
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Connect ${tool}</title>
<link rel="stylesheet" href="connect.css">
<script src="connect.js" type="module"></script>
</head>
<body>
<main>
<p><a href="${escaped(page)}">Suggestive annotation</a></p>
<h1>Connect ${tool}</h1>
<p>${promise}</p>
<noscript><p>This form needs scripts. Without them: <code>${escaped(command)}</code></p></noscript>
<section aria-labelledby="connected-title">
<h2 id="connected-title">Connected projects</h2>
<div id="connected"><p>None yet.</p></div>
</section>
<form id="form" autocomplete="off">
<h2>1. ${tool}</h2>
${server}
<details>
<summary>More settings</summary>
<label for="plugin-address">Address of this server for ${tool}</label>
<input id="plugin-address" type="url" inputmode="url" aria-describedby="plugin-hint">
<p id="plugin-hint" class="hint">From a Docker container: <code>${escaped(pluginExample)}</code></p>
<label for="public-address">Address of ${tool} for people</label>
<input id="public-address" type="url" inputmode="url" aria-describedby="public-hint">
<p id="public-hint" class="hint">Only when it differs from the address above.</p>
<label for="owner"${isHere ? '' : ' class="needed"'}>Owner token of this server</label>
<input id="owner" type="password" autocomplete="off" spellcheck="false" aria-describedby="owner-hint">
<p id="owner-hint" class="hint">Only where the server was given tokens (<code>suggest token</code>).</p>
${moreServer}
</details>
<p><button id="list" type="submit">Test and list projects</button></p>
<div id="choice" hidden>
<h2>2. Project</h2>
<label for="project">Project</label>
<select id="project"></select>
${project ?? ''}
<p><button id="test" type="button">Test the project</button></p>
</div>
<section aria-labelledby="results-title" aria-live="polite">
<h2 id="results-title" hidden>Results</h2>
<ul id="results"></ul>
</section>
<div id="confirm" hidden>
<h2>3. What will be changed</h2>
<ul id="changes"></ul>
<p><button id="connect" type="button">Connect</button></p>
</div>
<p id="message" role="status"></p>
</form>
</main>
</body>
</html>
`
}
