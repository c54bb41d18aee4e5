/** The page's script: signs in and out, and shows changes as they happen. Plain text, sent to the browser. */

export const script = `'use strict'
const main = document.querySelector('main')
const live = document.querySelector('#live')

async function session(method, body) {
  return fetch('/v1/session', { method, headers: { 'Content-Type': 'application/json' }, body })
}

document.querySelector('#sign-in')?.addEventListener('submit', async (event) => {
  event.preventDefault()
  const said = document.querySelector('#said')
  said.textContent = ''
  const token = new FormData(event.target).get('token').trim()
  const reply = await session('POST', JSON.stringify({ token })).catch(() => undefined)
  if (reply?.ok) return location.reload()
  said.textContent = reply?.status === 401 || reply?.status === 400
    ? 'This token is not known here.'
    : 'That did not work: try again in a minute.'
})

document.querySelector('#sign-out')?.addEventListener('click', async () => {
  await session('DELETE').catch(() => undefined)
  location.reload()
})

let after = Number(main.dataset.event)
let due
let wait = 1000

async function refresh() {
  due = undefined
  const reply = await fetch('/', { headers: { Accept: 'text/html' } }).catch(() => undefined)
  if (!reply?.ok) return
  const page = new DOMParser().parseFromString(await reply.text(), 'text/html')
  const fresh = page.querySelector('main')
  if (fresh === null || fresh.innerHTML === main.innerHTML) return
  const focused = document.activeElement?.id
  main.replaceChildren(...fresh.childNodes)
  if (focused) document.getElementById(focused)?.focus()
}

function show({ project, data }) {
  const bar = main.querySelector('progress[data-project="' + CSS.escape(project) + '"]')
  const text = document.getElementById('progress-' + project)
  if (bar === null || text === null) return
  const part = data.state === 'training' && data.iterations
    ? ((data.member ?? 0) + (data.iteration ?? 0) / data.iterations) / data.members
    : data.pool > 0 ? data.scored / data.pool : 0
  bar.value = part
  const left = data.secondsLeft === null ? '' : ', about ' + Math.ceil(data.secondsLeft / 60) + ' min left'
  text.textContent = data.state === 'training' && data.member !== null
    ? 'training network ' + (data.member + 1) + ' of ' + data.members + left
    : data.state + ', ' + data.scored + ' of ' + data.pool + ' images' + left
}

function listen() {
  const address = new URL('/v1/events', location.href)
  address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'
  address.searchParams.set('after', String(after))
  const socket = new WebSocket(address)
  socket.onopen = () => {
    live.textContent = 'Shown as it happens.'
    wait = 1000
  }
  socket.onmessage = ({ data }) => {
    const event = JSON.parse(data)
    if (typeof event.id === 'number') after = event.id
    if (event.type === 'round.progress') return show(event)
    due ??= setTimeout(refresh, 300)
  }
  socket.onclose = () => {
    live.textContent = 'The connection to the server is lost; it is tried again.'
    setTimeout(() => { void refresh(); listen() }, wait)
    wait = Math.min(2 * wait, 30000)
  }
}

if (Number.isFinite(after)) listen()
`
