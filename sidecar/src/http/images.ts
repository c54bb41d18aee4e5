/** Images: bytes by content, one by one or many at once. */
import { digest } from '@suggestive/shared/protocol'
import {
  image,
  imagesReply,
  missingBody,
  missingReply,
  uploadReply,
} from '@suggestive/shared/protocol/image'
import { z } from 'zod'
import { missingImages } from '../app/ingest-tasks.ts'
import { chunksOf, json, stream } from './body.ts'
import { receiveForm } from './form.ts'
import { everybody, plain, type Reply, route } from './route.ts'
import { receivePart, stateOf } from './upload.ts'

const params = z.strictObject({ digest })
const path = '/v1/images/:digest'

export const imageRoutes = [
  route({
    ...plain,
    method: 'post',
    path: '/v1/images/missing',
    summary: 'Which of these images must be sent?',
    roles: ['owner', 'service'],
    body: json(missingBody),
    replies: [{ status: 200, schema: missingReply, describes: 'Those whose bytes are not here' }],
    problems: [],
    handler: async ({ body }, { store }) => ({
      json: { missing: await missingImages(store, body.digests) },
    }),
  }),
  route({
    ...plain,
    method: 'post',
    path: '/v1/images',
    summary: 'Many image files in one form; each is stored or refused by itself',
    roles: ['owner', 'service'],
    body: stream('multipart/form-data'),
    replies: [{ status: 200, schema: imagesReply, describes: 'What became of each file' }],
    problems: ['wrong-use'],
    handler: async ({ body }, deps) => ({ json: await receiveForm(body, deps) }),
  }),
  route({
    ...plain,
    method: 'get',
    path,
    summary: 'How much of an image is here; HEAD tells the same in Upload-Offset',
    roles: everybody,
    params,
    replies: [{ status: 200, schema: uploadReply, describes: 'State of the upload' }],
    problems: [],
    handler: async (call, deps) => {
      const state = await stateOf(call.params.digest, deps)
      return { json: state, headers: offsetHeader(state.offset) }
    },
  }),
  route({
    ...plain,
    method: 'put',
    path,
    summary: 'The bytes of an image, whole or a part of them with Content-Range',
    roles: ['owner', 'service'],
    params,
    body: stream('application/octet-stream', /^image\//),
    replies: [
      { status: 201, schema: image, describes: 'The image is complete' },
      { status: 202, schema: uploadReply, describes: 'The part is here' },
    ],
    problems: ['conflict', 'too-large', 'unreadable-input', 'digest-mismatch'],
    handler: async ({ params, body, headers }, deps): Promise<Reply> => {
      const { digest } = params
      const done = await receivePart(digest, chunksOf(body), headers['content-range'], deps)
      if (done.image !== undefined) return { status: 201, json: done.image }
      const state = { digest, offset: done.offset, complete: false }
      return { status: 202, json: state, headers: offsetHeader(done.offset) }
    },
  }),
]

function offsetHeader(offset: number) {
  return { 'Upload-Offset': String(offset) }
}
