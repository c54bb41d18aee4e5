/** The form that connects a project of Label Studio. */
import { connectPage } from '@suggestive/shared/connect/page'

const server = `<label for="address">Address</label>
<input id="address" type="url" inputmode="url" placeholder="http://localhost:8080" required aria-describedby="address-hint">
<p id="address-hint" class="hint">As this machine reaches it.</p>
<label for="token">Access token</label>
<input id="token" type="password" autocomplete="off" spellcheck="false" aria-describedby="token-hint">
<p id="token-hint" class="hint">In Label Studio: <em>Account &amp; Settings, Personal Access Token</em>. It stays on this machine, in a file that only the server can read. Leave it empty to keep the one that is there.</p>`

const moreServer = `<label for="origins">Other servers that images may be read from</label>
<input id="origins" type="text" placeholder="https://images.example.org" aria-describedby="origins-hint">
<p id="origins-hint" class="hint">With commas between. They never get the token.</p>
<p><label><input id="backend" type="checkbox" checked> Add this server as an ML backend, for the smart tool</label></p>
<p><label><input id="graded" type="checkbox"> Show probabilities as opacity in brush pre-labels</label></p>
<p><label><input id="repairs" type="checkbox" checked> Put the order and the webhook back when somebody changes them</label></p>`

/** @param page of the sidecar */
export const formPage = (page: string, isHere: boolean): string =>
  connectPage({
    tool: 'Label Studio',
    promise:
      'Annotators keep pressing <em>Label All Tasks</em>; they get the most valuable image next, with a pre-label.',
    command: 'npx suggest connect label-studio --url ADDRESS --token TOKEN --project ID',
    server,
    moreServer,
    pluginExample: 'http://host.docker.internal:8471',
    page,
    isHere,
  })
