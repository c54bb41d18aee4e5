/** What to do when there is no project yet. */
import { type Html, html } from '../app/report/html.ts'

/** @param needsToken whether requests must name one */
export function firstSteps(address: string, needsToken: boolean): Html {
  const token = needsToken
    ? ` \\
  -H "Authorization: Bearer $TOKEN"`
    : ''
  const send = (path: string, rest: string) => `curl ${address}/v1/${path}${token} \\\n  ${rest}`
  const json = `-H 'Content-Type: application/json' \\\n  -d`
  return html`<section aria-labelledby="start"><h2 id="start">No project yet</h2>
<p class="next">Create a project, send its images and tasks: within two minutes the queue says which images to annotate first.</p>
<ol class="steps">
<li>Create a project with its classes.
<pre>${send('projects', `${json} '{"id": "nuclei", "name": "Nuclei", "tool": "none", "classes": [{"id": 1, "name": "nucleus"}]}'`)}</pre></li>
<li>Send the image files.
<pre>${send('images', `-F files=@a.png -F files=@b.png`)}</pre></li>
<li>Send one task per image, with the digest that the last reply names for it.
<pre>${send('projects/nuclei/tasks', `${json} '{"tasks": [{"taskKey": "1", "name": "a.png", "imageDigest": "..."}]}'`)}</pre></li>
<li>Read the queue, annotate from its top, and send the labels: from two labelled images on the networks train by themselves.</li>
</ol>
<p class="soft">All requests are described at <a href="/openapi.json">/openapi.json</a>; README.md shows them one after the other.</p></section>`
}
