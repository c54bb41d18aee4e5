/** The form that connects a project. */

const escaped = (text: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')

export function connectPage({ page, isHere }: { readonly page: string; readonly isHere: boolean }) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Connect Label Studio</title>
<link rel="stylesheet" href="connect.css">
<script src="connect.js" type="module"></script>
</head>
<body>
<main>
<p><a href="${escaped(page)}">Suggestive annotation</a></p>
<h1>Connect Label Studio</h1>
<p>Annotators keep pressing <em>Label All Tasks</em>; they get the most valuable image next, with a pre-label.</p>
<noscript><p>This form needs scripts. Without them: <code>npx suggest connect label-studio --url ADDRESS --token TOKEN --project ID</code></p></noscript>
<section aria-labelledby="connected-title">
<h2 id="connected-title">Connected projects</h2>
<div id="connected"><p>None yet.</p></div>
</section>
<form id="form" autocomplete="off">
<h2>1. Label Studio</h2>
<label for="address">Address</label>
<input id="address" type="url" inputmode="url" placeholder="http://localhost:8080" required aria-describedby="address-hint">
<p id="address-hint" class="hint">As this machine reaches it.</p>
<label for="token">Access token</label>
<input id="token" type="password" autocomplete="off" spellcheck="false" aria-describedby="token-hint">
<p id="token-hint" class="hint">In Label Studio: <em>Account &amp; Settings, Personal Access Token</em>. It stays on this machine, in a file that only the server can read. Leave it empty to keep the one that is there.</p>
<details>
<summary>More settings</summary>
<label for="plugin-address">Address of this server for Label Studio</label>
<input id="plugin-address" type="url" inputmode="url" aria-describedby="plugin-hint">
<p id="plugin-hint" class="hint">For webhooks and the smart tool. From a Docker container: <code>http://host.docker.internal:8471</code></p>
<label for="public-address">Address of Label Studio for people</label>
<input id="public-address" type="url" inputmode="url" aria-describedby="public-hint">
<p id="public-hint" class="hint">Only when it differs from the address above.</p>
<label for="origins">Other servers that images may be read from</label>
<input id="origins" type="text" placeholder="https://images.example.org" aria-describedby="origins-hint">
<p id="origins-hint" class="hint">With commas between. They never get the token.</p>
<label for="owner"${isHere ? '' : ' class="needed"'}>Owner token of this server</label>
<input id="owner" type="password" autocomplete="off" spellcheck="false" aria-describedby="owner-hint">
<p id="owner-hint" class="hint">Only where the server was given tokens (<code>suggest token</code>).</p>
<p><label><input id="backend" type="checkbox" checked> Add this server as an ML backend, for the smart tool</label></p>
<p><label><input id="repairs" type="checkbox" checked> Put the order and the webhook back when somebody changes them</label></p>
</details>
<p><button id="list" type="submit">Test and list projects</button></p>
<div id="choice" hidden>
<h2>2. Project</h2>
<label for="project">Project</label>
<select id="project"></select>
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
