"""Gradients, losses and optimiser steps of FedLearn beside PyTorch's, on the CPU.

  gradients.py GRADIENT-FIXTURES [--record FILE]

GradientFixtures (Tests/GradientFixtures) writes parameters, a batch and what it made of them as safetensors files;
Python's safetensors reads them, PyTorch computes the same from the same numbers. Then Python writes parameters,
and GradientFixtures reads them and says what the loss is there. So each reads the other's files. `--record` keeps
what PyTorch computed, as Tests/FedLearnTests/Vectors/pytorch has it for machines without PyTorch.
"""
import math
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import load_file, save_file

# Both sides compute in float32, in different orders.
TOLERANCE = 2e-5
STEPS = 5
MODELS = ["softmax", "mlp", "cnn", "attention", "embedding"]
OPTIMISERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.05),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    "adam": lambda p: torch.optim.Adam(p, lr=0.01),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.1),
}


def dense(p, layer, x):
    return x @ p[f"layer{layer}.dense.weights"] + p[f"layer{layer}.dense.biases"]


def perceptron(p, x):
    layers = len(p) // 2
    for layer in range(layers):
        x = x @ p[f"layer{layer}.weights"] + p[f"layer{layer}.biases"]
        if layer + 1 < layers:
            x = torch.relu(x)
    return x


def convolutional(p, x):
    # Ours are images of height, width, channels; PyTorch's of channels, height, width.
    x = x.reshape(-1, 8, 8, 2).permute(0, 3, 1, 2)
    for layer, (channels, filters) in ((0, (2, 4)), (2, (4, 6))):
        w = p[f"layer{layer}.convolution.weights"].reshape(3, 3, channels, filters).permute(3, 2, 0, 1)
        b = p[f"layer{layer}.convolution.biases"]
        x = torch.relu(torch.nn.functional.conv2d(x, w, b, stride=2, padding=1))
    return dense(p, 4, x.permute(0, 2, 3, 1).reshape(x.shape[0], -1))


def attention(p, x):
    length, heads = 5, 3
    x = dense(p, 0, x.reshape(-1, length, 7))
    width = x.shape[-1]

    def split(name):
        return (x @ p[f"layer1.attention.{name}"]).reshape(-1, length, heads, width // heads).transpose(1, 2)

    scores = split("query") @ split("key").transpose(2, 3) / math.sqrt(width // heads)
    mixed = (torch.softmax(scores, -1) @ split("value")).transpose(1, 2).reshape(-1, length, width)
    x = x + mixed @ p["layer1.attention.output"]
    return dense(p, 5, torch.relu(dense(p, 2, x)).mean(1))


def embedding(p, x):
    return dense(p, 2, p["layer0.embedding.vectors"][x.long()].mean(1))


FORWARD = {"softmax": perceptron, "mlp": perceptron, "cnn": convolutional, "attention": attention, "embedding": embedding}


def part(tensors, prefix):
    return {k[len(prefix) + 1:]: v for k, v in tensors.items() if k.startswith(prefix + "/")}


def worst(ours, theirs):
    """The largest difference, relative to the tensor's largest value (at least 1e-3)."""
    assert ours.keys() == theirs.keys(), (sorted(ours), sorted(theirs))
    return max(
        float((ours[k] - theirs[k].detach()).abs().max() / max(1e-3, float(theirs[k].detach().abs().max())))
        for k in ours)


class Report:
    passed = failed = 0

    def check(self, what, error):
        good = error <= TOLERANCE
        self.passed += good
        self.failed += not good
        print(f"{'ok  ' if good else 'FAIL'}  {what}: relative difference {error:.1e}")


def main(program, record=None):
    recorded = {}
    torch.manual_seed(1)
    torch.set_num_threads(1)
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, folder], check=True)
        losses = {}
        for name in MODELS:
            tensors = load_file(f"{folder}/{name}.safetensors")
            features, labels = tensors["features"], tensors["labels"].long()

            def loss_at(p):
                return torch.nn.functional.cross_entropy(FORWARD[name](p, features), labels)

            def leaves():
                return {k: v.clone().requires_grad_() for k, v in part(tensors, "parameters").items()}

            p = leaves()
            loss = loss_at(p)
            loss.backward()
            value = float(loss.detach())
            report.check(f"{name}: loss", abs(value - float(tensors["loss"])) / value)
            gradient = {k: v.grad for k, v in p.items()}
            report.check(f"{name}: gradient", worst(part(tensors, "gradient"), gradient))
            recorded[f"{name}/loss"] = loss.detach()
            recorded.update((f"{name}/gradient/{k}", v) for k, v in gradient.items())
            for optimiser, make in OPTIMISERS.items():
                p = leaves()
                steps = make(list(p.values()))
                for _ in range(STEPS):
                    steps.zero_grad()
                    loss_at(p).backward()
                    steps.step()
                report.check(f"{name}: {STEPS} steps of {optimiser}", worst(part(tensors, optimiser), p))
                recorded.update((f"{name}/{optimiser}/{k}", v.detach()) for k, v in p.items())
            # The other way: a file of Python's, read by ours.
            other = {k: (v + 0.1 * torch.randn_like(v)).contiguous() for k, v in part(tensors, "parameters").items()}
            save_file(other, f"{folder}/{name}.python.safetensors", metadata={"from": "python"})
            losses[name] = float(loss_at(other))
        read = subprocess.run([program, folder, "--read"], check=True, capture_output=True, text=True).stdout
        found = dict(line.split() for line in read.splitlines())
        for name in MODELS:
            report.check(f"{name}: a file of Python's", abs(float(found[name]) - losses[name]) / losses[name])
    if record:
        save_file({k: v.contiguous() for k, v in recorded.items()}, record, metadata={"torch": torch.__version__})
    print(f"gradients: {report.passed} passed, {report.failed} failed, 0 skipped")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[3] if sys.argv[2:3] == ["--record"] else None))
