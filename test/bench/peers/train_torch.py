"""The full-size FCN of Yang et al. (MICCAI 2017, Fig. 2) in PyTorch, set up as an expert would for CPU training:
channels_last, fused Adam, class indices as targets. Answers one JSON line per command line (see interleave.ts)."""

import json
import os
import resource
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy

TAP = 8  # D: channels of each tap and up-convolution


def conv(inputs, outputs, size, bias=False):
    return nn.Conv2d(inputs, outputs, size, padding=size // 2, bias=bias)


class Bottleneck(nn.Module):
    """conv1x1 n, conv3x3 n, conv1x1 4n with batch norms; projection where channels change; last ReLU after the sum."""

    def __init__(self, inputs, n):
        super().__init__()
        self.a, self.an = conv(inputs, n, 1), nn.BatchNorm2d(n)
        self.b, self.bn = conv(n, n, 3), nn.BatchNorm2d(n)
        self.c, self.cn = conv(n, 4 * n, 1), nn.BatchNorm2d(4 * n)
        self.project = None
        if inputs != 4 * n:
            self.project = nn.Sequential(conv(inputs, 4 * n, 1), nn.BatchNorm2d(4 * n))
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        y = self.relu(self.an(self.a(x)))
        y = self.relu(self.bn(self.b(y)))
        y = self.cn(self.c(y))
        return self.relu(y + (x if self.project is None else self.project(x)))


def tap(inputs, doublings):
    """conv1x1 to TAP channels, then up-convolutions 4x4 stride 2 until input size; batch norm and ReLU after each."""
    layers = [conv(inputs, TAP, 1), nn.BatchNorm2d(TAP), nn.ReLU(inplace=True)]
    for _ in range(doublings):
        up = nn.ConvTranspose2d(TAP, TAP, 4, stride=2, padding=1, bias=False)
        layers += [up, nn.BatchNorm2d(TAP), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


class FCN(nn.Module):
    def __init__(self, channels, classes, width):
        super().__init__()
        scaled = lambda n: max(1, round(n * width))
        stem = scaled(32)
        self.stem = nn.Sequential(
            conv(channels, stem, 3), nn.BatchNorm2d(stem), nn.ReLU(inplace=True),
            conv(stem, stem, 3), nn.BatchNorm2d(stem), nn.ReLU(inplace=True),
        )
        self.stages, maps = nn.ModuleList(), [stem]
        for n in map(scaled, (64, 128, 256, 256, 256)):
            self.stages.append(nn.Sequential(nn.MaxPool2d(2), Bottleneck(maps[-1], n), Bottleneck(4 * n, n)))
            maps.append(4 * n)
        self.taps = nn.ModuleList(tap(c, i) for i, c in enumerate(maps))
        self.head = nn.Sequential(
            conv(TAP * len(maps), classes, 3), nn.BatchNorm2d(classes), nn.ReLU(inplace=True),
        )
        self.logits = conv(classes, classes, 1, bias=True)

    def forward(self, x):
        x = self.stem(x)
        maps = [x]
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return self.logits(self.head(torch.cat([enlarge(m) for enlarge, m in zip(self.taps, maps)], 1)))


def load_parameters(net, specs, flat):
    """Copies the flat vector into the net, parameter by parameter: filters HWIO (transposed HWOI) to OIHW (IOHW)."""
    own, at = list(net.named_parameters()), 0
    if len(own) != len(specs):
        raise SystemExit(f"The nets differ: {len(specs)} parameters there, {len(own)} here.")
    with torch.no_grad():
        for spec, (name, parameter) in zip(specs, own):
            size = int(np.prod(spec["shape"]))
            value = torch.from_numpy(flat[at : at + size].reshape(spec["shape"]))
            if value.dim() == 4:
                value = value.permute(3, 2, 0, 1)
            if value.shape != parameter.shape:
                raise SystemExit(f"The nets differ: {spec['name']} {spec['shape']}, {name} {list(parameter.shape)}.")
            parameter.copy_(value)
            at += size


def main(folder):
    def read(name, *shape):
        return np.fromfile(os.path.join(folder, name), dtype="<f4").reshape(shape)

    with open(os.path.join(folder, "task.json"), encoding="utf-8") as file:
        task = json.load(file)
    torch.set_num_threads(task["threads"])
    torch.set_num_interop_threads(1)
    size = (task["batch"], task["height"], task["width"])
    images = torch.from_numpy(read("images.f32", *size, task["channels"])).permute(0, 3, 1, 2)
    images = images.contiguous(memory_format=torch.channels_last)
    targets = torch.from_numpy(read("targets.f32", *size, task["classes"]).argmax(3))

    net = FCN(task["channels"], task["classes"], task["networkWidth"])
    load_parameters(net, task["parameters"], read("parameters.f32", -1))
    net = net.to(memory_format=torch.channels_last).train()
    adam = torch.optim.Adam(net.parameters(), lr=task["learningRate"], betas=(0.9, 0.999), eps=1e-8, fused=True)

    def step():
        adam.zero_grad(set_to_none=True)
        loss = cross_entropy(net(images), targets)
        loss.backward()
        adam.step()
        return loss.item()

    def timed():
        before, start = time.process_time(), time.perf_counter()
        loss = step()
        end, after = time.perf_counter(), time.process_time()
        return {"loss": loss, "wallMs": 1e3 * (end - start), "cpuStartMs": 1e3 * before, "cpuEndMs": 1e3 * after}

    def parity():
        with torch.no_grad():
            probabilities = net(images).softmax(1).permute(0, 2, 3, 1).contiguous()
        probabilities.numpy().astype("<f4").tofile(os.path.join(folder, "outputs.torch.f32"))
        for group in adam.param_groups:
            group["lr"] = task["parityLearningRate"]
        return {"outputs": "outputs.torch.f32", "losses": [step() for _ in range(task["parityLosses"])]}

    commands = {"step": timed, "parity": parity}
    print(json.dumps({"ready": f"PyTorch {torch.__version__}"}), flush=True)
    for line in sys.stdin:
        answer = commands[line.strip()]()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
        print(json.dumps({**answer, "peakMiB": peak}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
