"""PyTorch, eager and, for whole steps, compiled where its compiler runs."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from benchmarks.peers import EPSILON, NO_COMPILE, Peer, Variants


def expression(x: Any, y: Any) -> Any:
    a = torch.sin(x) * y + torch.exp(-x)
    b = torch.tanh(a * x) + torch.sqrt(y + 1.5)
    c = torch.log(b * b + 1.0) / (x + 2.0)
    return torch.cos(c) * a - b * c + x * y


def parameters(arrays: Any) -> list[torch.Tensor]:
    return [torch.tensor(np.ascontiguousarray(a), requires_grad=True) for a in arrays]


class Torch(Peer):
    name = "torch"
    version = torch.__version__
    ops = {
        "add": torch.add,
        "mul": torch.mul,
        "exp": torch.exp,
        "log": torch.log,
        "tanh": torch.tanh,
        "sigmoid": torch.sigmoid,
        "relu": torch.relu,
        "sum": torch.sum,
        "mean": torch.mean,
        "where": torch.where,
        "slice": lambda x: x[:1, :-1],
        "reshape": lambda x: x.reshape(-1),
        "transpose": lambda x: x.t(),
        "transposed": lambda x: x.t().reshape(-1),
        "concat": lambda x, y: torch.cat((x, y)),
        "matmul": torch.matmul,
        "matmul_tn": lambda a, b: a.t() @ b,
        "matmul_nt": lambda a, b: a @ b.t(),
        "softmax": lambda x: torch.softmax(x, -1),
        "cumsum": lambda x: torch.cumsum(x, 0),
        "argmax": torch.argmax,
        "sort": lambda x: torch.sort(x).values,
    }

    def __init__(self) -> None:
        self._compiles: bool | None = None

    def array(self, a: Any) -> Any:
        return torch.from_numpy(np.ascontiguousarray(a)) if np.ndim(a) else torch.tensor(a)

    def variable(self, a: Any) -> Any:
        return torch.tensor(a, requires_grad=True)

    def numpy(self, value: Any) -> np.ndarray:
        return value.detach().numpy()

    def compiles(self) -> bool:
        """Whether torch.compile is to run, and works: it needs a C++ compiler, and says so only then."""
        if os.environ.get(NO_COMPILE):
            return False
        if self._compiles is None:
            try:
                torch.compile(lambda x: torch.sin(x) + 1)(torch.ones(3))
                self._compiles = True
            except Exception:
                self._compiles = False
        return self._compiles

    def trained(self, make: Callable[[], tuple[Any, Any]]) -> Variants:
        """A step of `loss, optimizer = make()`, as it is and with the loss compiled."""

        def variant(compiled: bool) -> Callable[[], Any]:
            loss_of, optimizer = make()
            if compiled:
                loss_of = torch.compile(loss_of)

            def step() -> Any:
                optimizer.zero_grad()
                loss = loss_of()
                loss.backward()
                optimizer.step()
                return loss

            return step

        out = {"eager": variant(False)}
        if self.compiles():
            out["compile"] = variant(True)
        return out

    # -- Derivatives ---------------------------------------------------------------------------------
    def square(self, x: Any) -> Variants:
        v = torch.tensor(x, requires_grad=True)
        return {"eager": lambda: torch.autograd.grad(v * v, v)}

    def second_order(self, t: Any) -> Variants:
        time = torch.tensor(t, requires_grad=True)

        def work() -> Any:
            (speed,) = torch.autograd.grad(4.9 * time**2, time, create_graph=True)
            return torch.autograd.grad(speed, time)

        return {"eager": work}

    def expression(self, x: Any, y: Any) -> Variants:
        a, b = torch.tensor(x), torch.tensor(y)
        return {"eager": lambda: expression(a, b)}

    def expression_gradient(self, x: Any, y: Any) -> Variants:
        both = (torch.tensor(x, requires_grad=True), torch.tensor(y, requires_grad=True))
        return {"eager": lambda: torch.autograd.grad(expression(*both), both)}

    def expression_hessian(self, x: Any, y: Any) -> Variants:
        both = (torch.tensor(x, requires_grad=True), torch.tensor(y, requires_grad=True))

        def work() -> Any:
            first = torch.autograd.grad(expression(*both), both, create_graph=True)
            return [torch.autograd.grad(g, both, retain_graph=True) for g in first]

        return {"eager": work}

    def jacobian(self, x: Any, *weights: Any, by: str) -> Variants:
        inputs, w = torch.tensor(x), [torch.tensor(a) for a in weights]

        def forward(h: Any, first: Any) -> Any:
            layers = [first, *w[1:]]
            for layer in layers[:-1]:
                h = torch.tanh(h @ layer)
            return h @ layers[-1]

        derivative = torch.func.jacrev(forward, argnums=0 if by == "input" else 1)
        return {"eager": lambda: derivative(inputs, w[0])}

    # -- Training steps ------------------------------------------------------------------------------
    def linear_step(self, inputs: Any, targets: Any, start: Any) -> Variants:
        x, y = torch.tensor(inputs), torch.tensor(targets)

        def make() -> Any:
            w, b = parameters([start, np.zeros(1, "float32")])
            return lambda: F.mse_loss(x @ w + b, y), torch.optim.SGD([w, b], lr=0.1)

        return self.trained(make)

    def regression_step(self, inputs: Any, targets: Any, *weights: Any) -> Variants:
        x, y = torch.tensor(inputs), torch.tensor(targets)

        def make() -> Any:
            variables = parameters(w.T if w.ndim == 2 else w for w in weights)
            w1, b1, w2, b2, w3, b3 = variables

            def loss() -> Any:
                h = torch.tanh(F.linear(x, w1, b1))
                h = torch.tanh(F.linear(h, w2, b2))
                return F.mse_loss(F.linear(h, w3, b3), y)

            return loss, torch.optim.SGD(variables, lr=0.01)

        return self.trained(make)

    def classifier_step(self, images: Any, classes: Any, *weights: Any, optimizer: str) -> Variants:
        x, labels = torch.tensor(images), torch.tensor(classes)

        def make() -> Any:
            variables = parameters(w.T if w.ndim == 2 else w for w in weights)
            w1, b1, w2, b2 = variables

            def loss() -> Any:
                return F.cross_entropy(F.linear(F.relu(F.linear(x, w1, b1)), w2, b2), labels)

            if optimizer == "sgd":
                return loss, torch.optim.SGD(variables, lr=0.01)
            return loss, torch.optim.Adam(variables, lr=0.001, eps=EPSILON)

        return self.trained(make)

    def convolution_step(self, images: Any, classes: Any, *weights: Any) -> Variants:
        labels = torch.tensor(classes)
        half = images.shape[1] // 2
        k1, b1, k2, b2, w, b = weights
        # Channels come before height and width here.
        dense = w.reshape(half, half, -1, 10).transpose(3, 2, 0, 1).reshape(10, -1)
        arrays = [k1.transpose(3, 2, 0, 1), b1, k2.transpose(3, 2, 0, 1), b2, dense, b]
        x = torch.tensor(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))

        def maker(layout: Any) -> Any:
            def make() -> Any:
                data = x.contiguous(memory_format=layout)
                variables = parameters(arrays)
                k1, b1, k2, b2, w, b = variables

                def loss() -> Any:
                    h = F.relu(F.conv2d(data, k1, b1, padding=1))
                    h = F.relu(F.conv2d(h, k2, b2, padding=1))
                    return F.cross_entropy(F.linear(F.max_pool2d(h, 2).flatten(1), w, b), labels)

                return loss, torch.optim.SGD(variables, lr=0.01)

            return make

        last = self.trained(maker(torch.channels_last))
        out = self.trained(maker(torch.contiguous_format))
        return {**out, "channels_last": last["eager"]}

    def transformer(self, tokens: Any, *weights: Any, heads: int) -> Variants:
        x0 = torch.tensor(tokens)
        n, length, d = tokens.shape

        def maker(compiled: bool) -> Any:
            # Named: which of them are matrices, stored the other way round here.
            variables = parameters(w.T if w.ndim == 2 else w for w in weights)
            s1, o1, w_in, b_in, w_out, b_out, s2, o2, w1, b1, w2, b2 = variables

            def loss_of() -> Any:
                h = F.linear(F.layer_norm(x0, (d,), s1, o1), w_in, b_in)
                q, k, v = h.view(n, length, 3, heads, -1).permute(2, 0, 3, 1, 4)
                h = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, length, d)
                x = x0 + F.linear(h, w_out, b_out)
                h = F.gelu(F.linear(F.layer_norm(x, (d,), s2, o2), w1, b1))
                x = x + F.linear(h, w2, b2)
                return torch.mean(torch.square(x))

            if compiled:
                loss_of = torch.compile(loss_of)

            def step() -> Any:
                loss = loss_of()
                gradients = torch.autograd.grad(loss, variables)
                return [loss, *(g.t() if g.dim() == 2 else g for g in gradients)]

            return step

        out = {"eager": maker(False)}
        if self.compiles():
            out["compile"] = maker(True)
        return out

    # -- Random numbers ------------------------------------------------------------------------------
    def random_normal(self, n: int) -> Variants:
        generator = torch.Generator().manual_seed(1)
        return {"eager": lambda: torch.randn(n, generator=generator)}

    def random_uniform(self, n: int) -> Variants:
        generator = torch.Generator().manual_seed(1)
        return {"eager": lambda: torch.rand(n, generator=generator)}


def load(threads: int) -> Peer:
    torch.set_num_threads(threads)
    return Torch()
