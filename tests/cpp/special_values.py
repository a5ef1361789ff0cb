"""Writes special_values.inc: values of special functions, computed with mpmath.

    python tests/cpp/special_values.py > tests/cpp/special_values.inc

Needs mpmath (1.3 made the committed file); 50 digits, of which a double keeps 17. Arguments are
exact in float32, so that the same rows serve both precisions.
"""

import random
import struct

from mpmath import mp, mpf

mp.dps = 50
draw = random.Random(3)


def single(x):
    """The nearest number that float32 has."""
    return struct.unpack("f", struct.pack("f", x))[0]


def between(low, high, count):
    return [single(draw.uniform(low, high)) for _ in range(count)]


def sizes(low, high, count):
    """Positive numbers whose logarithms are spread evenly."""
    return [single(10 ** draw.uniform(low, high)) for _ in range(count)]


def signed(values):
    return [x if draw.random() < 0.5 else -x for x in values]


def bisected(f, low, high):
    """The root of an increasing function, to all digits and without a good first guess."""
    low, high = mpf(low), mpf(high)
    for _ in range(220):
        middle = (low + high) / 2
        if f(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def erfinv(x):
    return mp.erfinv(x) if x else mpf(0)


def erfcinv(x):
    return bisected(lambda y: x - mp.erfc(y), -15, 15)


def ndtri(p):
    return -mp.sqrt(2) * erfcinv(2 * p)


def lower(a, x):
    """P(a, x) by its series, which keeps all digits for any a."""
    term = total = mpf(1) / a
    n = 0
    while term > total * mpf(10) ** -(mp.dps + 5):
        n += 1
        term *= x / (a + n)
        total += term
    return total * mp.exp(a * mp.log(x) - x - mp.loggamma(a))


def precisely(f, digits=120):
    """f carried out with more digits, where differences cancel."""

    def called(*arguments):
        with mp.workdps(digits):
            return +f(*arguments)

    return called


p = precisely(lower, 200)
q = precisely(lambda a, x: 1 - lower(a, x), 200)
p_by_a = precisely(lambda a, x: mp.diff(lambda b: lower(b, x), a, h=mpf(10) ** -40), 160)
p_by_aa = precisely(lambda a, x: mp.diff(lambda b: lower(b, x), a, 2, h=mpf(10) ** -30), 160)


def random_gamma_grad(a, x):
    """dx / da at a fixed P(a, x) (implicit differentiation)."""
    return -p_by_a(a, x) / mp.exp((a - 1) * mp.log(x) - x - mp.loggamma(a))


def gamma_pairs(count):
    """(a, x): x anywhere, near a, and in the tails."""
    for i in range(count):
        a = sizes(-2, 3, 1)[0]
        x = a * (1 + draw.gauss(0, 1) / a**0.5) if i % 2 else 10 ** draw.uniform(-2, 3)
        if x > 0 and abs(x - a) < 30 * (a**0.5 + 1):
            yield a, single(x)


def beta_arguments(count):
    for i in range(count):
        a, b = sizes(-1, 2.5, 2)
        middle = a / (a + b)
        x = draw.random() if i % 3 == 0 else middle + draw.gauss(0, 1) * (middle / (a + b)) ** 0.5
        if 0.001 < x < 0.999:
            yield a, b, single(x)


one = {
    "lgamma": (mp.loggamma, sizes(-6, 5, 30) + [single(-n - draw.random()) for n in range(20)]),
    "digamma": (mp.digamma, sizes(-6, 5, 30) + [single(-n - draw.random()) for n in range(20)]),
    "erfinv": (erfinv, signed(sizes(-6, -0.01, 30)) + [single(1 - 2.0**-k) for k in range(1, 24)]),
    "erfcinv": (erfcinv, sizes(-37, 0, 40) + between(1, 1.9999, 10)),
    "ndtri": (ndtri, sizes(-37, -0.35, 40) + between(0.4, 0.9999, 10)),
    "bessel_i0": (lambda x: mp.besseli(0, x), signed(sizes(-3, 1.9, 40))),
    "bessel_i0e": (lambda x: mp.besseli(0, x) * mp.exp(-abs(x)), signed(sizes(-3, 4, 40))),
    "bessel_i1": (lambda x: mp.besseli(1, x), signed(sizes(-3, 1.9, 40))),
    "bessel_i1e": (lambda x: mp.besseli(1, x) * mp.exp(-abs(x)), signed(sizes(-3, 4, 40))),
    "bessel_k0": (lambda x: mp.besselk(0, x), sizes(-3, 1.9, 40)),
    "bessel_k0e": (lambda x: mp.besselk(0, x) * mp.exp(x), sizes(-3, 4, 40)),
    "bessel_k1": (lambda x: mp.besselk(1, x), sizes(-3, 1.9, 40)),
    "bessel_k1e": (lambda x: mp.besselk(1, x) * mp.exp(x), sizes(-3, 4, 40)),
    "bessel_j0": (mp.j0, sizes(-3, 2, 40)),
    "bessel_j1": (mp.j1, sizes(-3, 2, 40)),
    "bessel_y0": (lambda x: mp.bessely(0, x), sizes(-3, 2, 40)),
    "bessel_y1": (lambda x: mp.bessely(1, x), sizes(-3, 2, 40)),
}
orders = [float(draw.randrange(1, 8)) for _ in range(40)]
two = {
    "polygamma": (lambda n, x: mp.psi(int(n), x), list(zip(orders, sizes(-2, 3, 40)))),
    "zeta": (mp.zeta, list(zip([1 + x for x in sizes(-2, 1.3, 30)], sizes(-2, 2, 30)))),
    "igamma": (p, list(gamma_pairs(60))),
    "igammac": (q, list(gamma_pairs(60))),
    "igamma_grad_a": (p_by_a, list(gamma_pairs(30))),
    "igamma_grad_aa": (p_by_aa, list(gamma_pairs(30))),
    "random_gamma_grad": (random_gamma_grad, list(gamma_pairs(30))),
    "xlog1py": (lambda x, y: x * mp.log1p(y), list(zip(between(-9, 9, 20), sizes(-7, 5, 20)))),
    "xdivy": (lambda x, y: x / y, list(zip(between(-9, 9, 20), signed(sizes(-3, 3, 20))))),
}
three = {
    "betainc": (
        lambda a, b, x: mp.betainc(a, b, 0, x, regularized=True),
        list(beta_arguments(60)),
    ),
}


def main():
    print("// Made by special_values.py with mpmath: name, arguments, value.")
    for table in (one, two, three):
        for name, (function, arguments) in table.items():
            for at in arguments:
                at = [single(x) for x in (at if isinstance(at, tuple) else (at,))]
                value = function(*(mpf(x) for x in at))
                padded = [*at, 0.0, 0.0][:3]
                row = ", ".join(x.hex() for x in [*padded, float(mp.re(value))])
                print(f'{{"{name}", {row}}},')


if __name__ == "__main__":
    main()
