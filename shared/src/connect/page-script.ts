/** What the form does in the browser, around what one tool asks. */

/**
 * @param own script of the tool, which defines `ownWish(withProject)`: its fields of the wish, `prefill(status)`: puts what
 * is known into its fields, `chosen(id)`: puts what is known of a project into them, `more(project)`: elements for a connected project, `promise`: what to expect once it is connected
 */
export const connectScript = (own: string): string => `
const at = (id) => document.getElementById(id)
const value = (id) => at(id).value.trim()
const base = new URL('.', location.href)

async function call(path, body) {
  const headers = body === undefined ? {} : { 'Content-Type': 'application/json' }
  if (value('owner') !== '') headers.Authorization = 'Bearer ' + value('owner')
  const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) }
  const reply = await fetch(new URL(path, base), init)
  const content = await reply.json().catch(() => ({ detail: 'The server sends no answer that can be read.' }))
  if (!reply.ok) throw new Error(content.detail)
  return content
}

const words = (id) => value(id).split(/[\\s,]+/).filter((text) => text !== '')

function wish(withProject) {
  const given = {
    address: value('address'), token: value('token'),
    pluginAddress: value('plugin-address'), publicAddress: value('public-address'),
  }
  const filled = Object.fromEntries(Object.entries(given).filter(([, text]) => text !== ''))
  return { ...filled, ...ownWish(withProject), ...(withProject ? { project: Number(value('project')) } : {}) }
}

function element(tag, text, className) {
  const made = document.createElement(tag)
  made.textContent = text
  if (className) made.className = className
  return made
}

${own}
const states = { ok: 'good', note: 'note', broken: 'to do' }
function show(checks) {
  at('results-title').hidden = checks.length === 0
  at('results').replaceChildren(...checks.map(({ name, state, finding }) => {
    const line = document.createElement('li')
    line.append(element('b', states[state], state), element('span', name), element('span', finding))
    return line
  }))
}

async function during(button, text, work) {
  const buttons = document.querySelectorAll('button')
  for (const one of buttons) one.disabled = true
  at('message').textContent = text
  try {
    at('message').textContent = (await work()) ?? ''
  } catch (error) {
    at('message').textContent = error.message
  } finally {
    for (const one of buttons) one.disabled = false
  }
}

async function refresh() {
  const status = await call('api/status')
  const { server, projects, pluginAddress, failures, fault } = status
  prefill(status)
  if (server && value('address') === '') at('address').value = server.address
  if (server && server.publicAddress && value('public-address') === '') at('public-address').value = server.publicAddress
  if (value('plugin-address') === '') at('plugin-address').value = pluginAddress
  const list = document.createElement('ul')
  for (const connected of projects) {
    const { id, project, problems, faults } = connected
    const line = document.createElement('li')
    const name = project ? project.title : 'project ' + id
    if (project) {
      const link = element('a', name)
      if (/^https?:/.test(project.url)) link.href = project.url
      line.append(link)
    } else line.append(name)
    const wrong = [...problems.map((one) => one.sentence), ...faults]
    line.append(' ', element('span', wrong.join(' ') || 'works', 'hint'), ' ')
    const button = element('button', 'Disconnect')
    button.type = 'button'
    button.setAttribute('aria-label', 'Disconnect ' + name)
    button.onclick = () => {
      if (!confirm('Put ' + name + ' back as it was before? Labels stay.')) return
      void during(button, 'Putting everything back ...', async () => {
        await call('api/disconnect', { project: id })
        await refresh()
        return name + ' is as it was before.'
      })
    }
    line.append(button, ...more(connected))
    list.append(line)
  }
  for (const { project, sentence } of failures) list.append(element('li', 'Project ' + project + ': ' + sentence))
  if (fault) list.append(element('li', fault))
  at('connected').replaceChildren(list.childElementCount > 0 ? list : element('p', 'None yet.'))
}

at('form').onsubmit = (event) => {
  event.preventDefault()
  void during(at('list'), 'Testing ...', async () => {
    const { checks, projects } = await call('api/check', wish(false))
    show(checks)
    at('project').replaceChildren(...projects.map(({ id, title, tasks, isConnected }) => {
      const option = element('option', title + ' (' + id + (tasks === null ? '' : ', ' + tasks + ' tasks') + (isConnected ? ', connected' : '') + ')')
      option.value = id
      return option
    }))
    at('choice').hidden = projects.length === 0
    chosen(Number(value('project')))
    at('confirm').hidden = true
    return projects.length > 0 ? 'Choose a project.' : 'There is no project that could be connected.'
  })
}
at('project').onchange = () => {
  at('confirm').hidden = true
  chosen(Number(value('project')))
}
at('test').onclick = () => during(at('test'), 'Testing the project ...', async () => {
  const { checks, changes } = await call('api/check', wish(true))
  show(checks)
  at('changes').replaceChildren(...changes.map((text) => element('li', text)))
  const isGood = checks.every(({ state }) => state !== 'broken')
  at('confirm').hidden = !isGood
  return isGood ? '' : 'Change what is marked "to do", then test again.'
})
at('connect').onclick = () => during(at('connect'), 'Connecting ...', async () => {
  const { checks, isConnected } = await call('api/connect', wish(true))
  show(checks)
  at('token').value = ''
  at('confirm').hidden = isConnected
  await refresh()
  return isConnected ? promise : 'Not connected: see above.'
})
refresh().catch((error) => { at('message').textContent = error.message })
`
