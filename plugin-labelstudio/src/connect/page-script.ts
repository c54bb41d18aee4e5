/** What Label Studio's form does in the browser. */
import { connectScript } from '@suggestive/shared/connect/page-script'

export const script = connectScript(`
const promise = 'Connected. Annotators get the suggested order with the next round; the first order needs no labels.'
const more = () => []
const chosen = () => {}

function ownWish() {
  return { imageOrigins: words('origins'), mlBackend: at('backend').checked, repairs: at('repairs').checked, graded: at('graded').checked }
}

function prefill({ server }) {
  if (server && value('origins') === '') at('origins').value = server.imageOrigins.join(', ')
}
`)
