/** What an engine must do for the training loop and for prediction; no tensors cross this line, only typed arrays. */
import type { EngineInfo } from '../ports.ts'
import type { Network } from './network.ts'

/** Everything that training changes, flat, in the order of `Network.parameters` and `Network.statistics`. */
export interface TrainState {
  readonly parameters: Float32Array
  /**
   * Adam's first moment, same length as `parameters`, in the engine's own unit: zeros mean the same everywhere, but
   * a training is continued by the engine that began it, to the bit.
   */
  readonly moment: Float32Array
  /** Adam's second moment, likewise. */
  readonly velocity: Float32Array
  readonly statistics: Float32Array
  /** Steps done so far: Adam's bias correction needs it. */
  readonly iteration: number
}

export interface Weights {
  readonly parameters: Float32Array
  readonly statistics: Float32Array
}

export interface BatchShape {
  readonly batch: number
  readonly height: number
  readonly width: number
}

/** One recorded training step for one shape: forward, backward, Adam (0.9, 0.999, 1e-8), running statistics. */
export interface TrainSession {
  /**
   * One iteration. images [B,H,W,channels] normalised, targets [B,H,W,classes] one-hot times class weight.
   * Returns the loss before the update. Must not keep the arrays.
   */
  step(images: Float32Array, targets: Float32Array, learningRate: number): Promise<number>
  /** A copy of the present state. */
  state(): Promise<TrainState>
  /** Gradients of the loss at the present state without changing it (tests only), flat as `parameters`. */
  gradients(
    images: Float32Array,
    targets: Float32Array,
  ): Promise<{ loss: number; gradients: Float32Array }>
  close(): Promise<void>
}

/** Recorded batch statistics at fixed weights. */
export interface StatisticsSession {
  /** images [B,H,W,channels] normalised; the batch's means and variances, flat in the order of `Network.statistics`. */
  batch(images: Float32Array): Promise<Float32Array>
  close(): Promise<void>
}

/** One recorded prediction for one shape and one member. */
export interface PredictSession {
  /** images [1,H,W,channels] normalised. Must not keep the array. */
  predict(images: Float32Array): Promise<RawPrediction>
  /** Replaces the weights, e.g. for the next held-out check; must be cheap, may make `predict` slower. */
  reload(weights: Weights): Promise<void>
  close(): Promise<void>
}

export interface RawPrediction {
  /** Softmax [H,W,classes]. */
  readonly probabilities: Float32Array
  /** Channel-wise mean of the encoder's last map [features], not scaled. */
  readonly descriptor: Float32Array
}

export interface Backend {
  readonly info: EngineInfo
  /** Records the training step. `bnMomentum`: new = momentum * old + (1 - momentum) * batch. */
  train(
    network: Network,
    shape: BatchShape,
    initial: TrainState,
    bnMomentum: number,
  ): Promise<TrainSession>
  /** Records the forward pass of training, with these parameters as constants. */
  statistics(
    network: Network,
    shape: BatchShape,
    parameters: Float32Array,
  ): Promise<StatisticsSession>
  /** Records the forward pass with these weights as constants: fastest when many images follow. */
  predictor(
    network: Network,
    height: number,
    width: number,
    weights: Weights,
  ): Promise<PredictSession>
  close(): Promise<void>
}
