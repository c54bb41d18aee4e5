/** Attributes of the kernels that training and prediction both use. */
import { EPSILON } from '../operations.ts'
import { type Attributes, FLOAT, T } from './graph.ts'

export const layout: Attributes = { ...T, data_format: { text: 'NHWC' } }

/** Of a convolution, and of its two gradients, with equal strides. */
export const sliding = (stride: number, padding: 'SAME' | 'VALID'): Attributes => ({
  ...layout,
  strides: { integers: [1, stride, stride, 1] },
  padding: { text: padding },
})

export const pooling: Attributes = {
  ...sliding(2, 'VALID'),
  ksize: { integers: [1, 2, 2, 1] },
}

/** Of batch normalisation with the statistics of the batch. */
export const normalisation: Attributes = {
  ...layout,
  U: { type: FLOAT },
  epsilon: { float: EPSILON },
  is_training: { flag: true },
}
