/** The form that connects a project of CVAT, as a person uses it in a browser. */
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { z } from 'zod'
import { type Browser, openBrowser, type Page } from '../support/browser.ts'
import { type CvatRig, openCvatRig } from '../support/plugin-cvat.ts'

let rig: CvatRig
let browser: Browser
let page: Page
beforeAll(async () => {
  rig = await openCvatRig({ isOpen: true })
  browser = await openBrowser()
  page = await browser.page(rig.address(), new Map())
}, 60_000)
afterAll(async () => {
  await browser.close()
  await rig.close()
})

const run = (text: string) => page.value(z.unknown(), `void (${text})`)
const set = (id: string, value: string) =>
  run(`document.getElementById('${id}').value = '${value}'`)
const press = (id: string) => run(`document.getElementById('${id}').click()`)
const shown = (id: string) => `!document.getElementById('${id}').hidden`
const open = async () => {
  await page.open(`${rig.address()}/connect`)
  await page.until(`document.getElementById('plugin-address').value !== ''`, 'the form')
}
const connect = async () => {
  await press('test')
  await page.until(shown('confirm'), 'the results')
  await press('connect')
  const said = `document.getElementById('message').textContent.startsWith('Connected.')`
  await page.until(said, 'the connection')
}

it('connects a project, shows the links, and remembers what was chosen', async () => {
  await open()
  await set('address', rig.fake.address)
  await set('token', rig.token)
  await press('list')
  await page.until(shown('choice'), 'the projects')
  await set('annotators', 'anna, bert')
  await set('mode', 'touch')
  await connect()
  const button = `[...document.querySelectorAll('#connected button')].find((one) => one.textContent === 'Personal links')`
  await run(`${button}.click()`)
  await page.until(`document.querySelectorAll('#connected ul ul a').length === 2`, 'the links')
  const links = await page.value(z.string(), `document.getElementById('connected').innerText`)
  expect(links).toMatch(/anna: http:\S+\/next\/\S{43}\nbert: http/)

  await open()
  await press('list')
  await page.until(shown('choice'), 'the projects again')
  const values = `['mode', 'annotators', 'token'].map((id) => document.getElementById(id).value)`
  expect(await page.value(z.array(z.string()), values)).toEqual(['touch', 'anna, bert', ''])
  await connect()
  expect((await rig.status()).projects[0]).toMatchObject({ mode: 'touch', stage: 'annotation' })
}, 60_000)
