/** The form that connects a project of CVAT. */
import { connectPage } from '@suggestive/shared/connect/page'

const server = `<label for="address">Address</label>
<input id="address" type="url" inputmode="url" placeholder="http://localhost:8080" required aria-describedby="address-hint">
<p id="address-hint" class="hint">As this machine reaches it.</p>
<label for="token">Personal access token</label>
<input id="token" type="password" autocomplete="off" spellcheck="false" aria-describedby="token-hint">
<p id="token-hint" class="hint">In CVAT: the menu of the account, <em>Profile, Security</em>. It stays on this machine, in a file that only the server can read. Leave it empty to keep the one that is there.</p>`

const moreServer = `<label for="user">User name, instead of a token</label>
<input id="user" type="text" autocomplete="off" spellcheck="false">
<label for="password">Password</label>
<input id="password" type="password" autocomplete="off">
<label for="organization">Organisation</label>
<input id="organization" type="text" spellcheck="false" aria-describedby="organization-hint">
<p id="organization-hint" class="hint">Its short name; empty for a personal workspace.</p>
<label for="link-address">Address of this server for annotators</label>
<input id="link-address" type="url" inputmode="url" aria-describedby="link-hint">
<p id="link-hint" class="hint">Their personal links to the next job begin with it.</p>`

const project = `<label for="annotators">Annotators</label>
<input id="annotators" type="text" spellcheck="false" placeholder="anna, bert" aria-describedby="annotators-hint">
<p id="annotators-hint" class="hint">User names with commas between. Empty: those of before, else whoever holds jobs already.</p>
<label for="mode">Order</label>
<select id="mode">
<option value="gate">The next jobs are assigned to the annotators</option>
<option value="touch">Lists sorted by date show the order, nothing is assigned</option>
<option value="round">A new task for each round</option>
</select>
<label for="several">Jobs with several images</label>
<select id="several">
<option value="">There are none</option>
<option value="whole">Rank such jobs as wholes, each by its best image</option>
<option value="pool">Make new tasks of one-image jobs from the same images</option>
<option value="upload">The same, and upload the images once more where that is needed</option>
</select>
<label for="stage">A completed job counts from this stage on</label>
<select id="stage">
<option value="annotation">annotation</option>
<option value="validation">validation</option>
<option value="acceptance">acceptance</option>
</select>
<label for="shape">Pre-labels</label>
<select id="shape">
<option value="mask">Masks</option>
<option value="polygon">Polygons, where the label takes both</option>
</select>
<p><label><input id="webhook" type="checkbox" checked> Let CVAT tell of finished jobs at once, by a webhook</label></p>
<p><label><input id="agent" type="checkbox"> Answer automatic annotation as an agent (CVAT Online and Enterprise only)</label></p>
<p><label><input id="repairs" type="checkbox" checked> Put the order and the webhook back when somebody changes them</label></p>`

/** @param page of the sidecar */
export const formPage = (page: string, isHere: boolean): string =>
  connectPage({
    tool: 'CVAT',
    promise:
      'Annotators open their jobs as before, or a personal link; they get the most valuable image next, with masks already drawn.',
    command: 'npx suggest connect cvat --url ADDRESS --token TOKEN --project ID',
    server,
    moreServer,
    pluginExample: 'http://host.docker.internal:8472',
    project,
    page,
    isHere,
  })
