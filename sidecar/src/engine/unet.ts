/**
 * A small U-Net (Ronneberger, Fischer, Brox, MICCAI 2015) with batch normalisation, for the comparison that the
 * paper makes: four scales, 32 to 256 channels at width 1, transposed 2x2 convolutions on the way up.
 */
import type { Tensor4D } from '@tensorflow/tfjs-core'
import { chain, type Layer, Layers, maxPool, type Run, relu } from './layers.ts'
import type { Network, NetworkOptions } from './network.ts'

export function unet(options: NetworkOptions): Network {
  const { width, classes, channels } = options
  const n = (scale: number) => Math.max(1, Math.round(32 * 2 ** scale * width))
  const net = new Layers()

  const unit = (name: string, from: number, to: number): Layer =>
    chain(net.convolution(name, 3, from, to), net.norm(name, to), relu)
  const double = (name: string, from: number, to: number): Layer =>
    chain(unit(`${name}.0`, from, to), unit(`${name}.1`, to, to))

  const down: readonly Layer[] = [
    double('down0', channels, n(0)), // [B,H,W,32]
    chain(maxPool, double('down1', n(0), n(1))), // [B,H/2,W/2,64]
    chain(maxPool, double('down2', n(1), n(2))), // [B,H/4,W/4,128]
  ]
  const bottom = chain(maxPool, double('bottom', n(2), n(3))) // [B,H/8,W/8,256]
  const up = [2, 1, 0].map((scale) => ({
    scale,
    enlarge: net.upConvolution(`up${scale}`, 2, n(scale + 1), n(scale), 'he'), // [B,2h,2w,n(scale)]
    merge: double(`merge${scale}`, 2 * n(scale), n(scale)), // skip and enlarged map together
  }))
  const logits = chain(net.convolution('logits', 1, n(0), classes), net.bias('logits', classes))

  return {
    name: 'unet',
    options,
    parameters: net.parameters,
    statistics: net.statistics,
    stride: 8,
    features: n(3),
    forward(operations, x, parameters, statistics) {
      const run: Run = { operations, parameters, statistics, batch: [] }
      const skips: Tensor4D[] = []
      let map = x
      for (const layer of down) {
        map = layer(run, map)
        skips.push(map)
      }
      const features = bottom(run, map)
      map = features
      for (const { scale, enlarge, merge } of up) {
        map = merge(run, operations.concat([skips[scale] ?? x, enlarge(run, map)]))
      }
      return { logits: logits(run, map), features, batch: run.batch }
    },
  }
}
