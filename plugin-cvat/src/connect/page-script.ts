/** What CVAT's form does in the browser. */
import { connectScript } from '@suggestive/shared/connect/page-script'

export const script = connectScript(`
const promise = 'Connected. The first order needs no labels. Give each annotator the personal link that is shown above.'

function ownWish(withProject) {
  const given = { username: value('user'), password: value('password'), linkAddress: value('link-address') }
  const filled = Object.fromEntries(Object.entries(given).filter(([, text]) => text !== ''))
  const server = { ...filled, organization: value('organization'), webhook: at('webhook').checked, agent: at('agent').checked, repairs: at('repairs').checked }
  if (!withProject) return server
  const several = value('several')
  return {
    ...server, annotators: words('annotators'), mode: value('mode'), stage: value('stage'), shape: value('shape'),
    ...(several === '' ? {} : { wholeJobs: several === 'whole' }),
    makePool: several === 'pool' || several === 'upload', upload: several === 'upload',
  }
}

let known = []
function prefill({ server, linkAddress, projects }) {
  known = projects
  if (server && server.organization && value('organization') === '') at('organization').value = server.organization
  if (value('link-address') === '') at('link-address').value = linkAddress
}

function chosen(project) {
  const own = known.find(({ id }) => id === project)
  for (const id of ['mode', 'stage', 'shape']) at(id).value = own?.[id] ?? at(id).options[0].value
  at('annotators').value = (own?.annotators ?? []).join(', ')
  at('several').value = own?.wholeJobs ? 'whole' : ''
  at('webhook').checked = own?.hasWebhook ?? true
  at('agent').checked = own?.hasAgent ?? false
  at('repairs').checked = own?.repairs ?? true
}

function more({ id, mode, orderLink, newPool }) {
  const links = element('button', 'Personal links')
  links.type = 'button'
  const list = document.createElement('ul')
  links.onclick = () => during(links, 'Reading the links ...', async () => {
    const { links: all } = await call('api/links', { project: id })
    list.replaceChildren(...all.map(({ annotator, address }) => {
      const line = element('li', annotator + ': ')
      const link = element('a', address)
      link.href = address
      line.append(link)
      return line
    }))
    return all.length > 0 ? '' : 'Nobody has a link yet: suggest links --new NAME makes one.'
  })
  const order = element('a', 'Jobs in order')
  if (orderLink) order.href = 'order/' + id
  return [' ', links, ' ', ...(orderLink ? [order] : []), ...(newPool ? [element('p', newPool.sentence, 'hint')] : []), list]
}
`)
