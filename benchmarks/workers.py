"""The runner's side of a worker process: start it, ask it, and say in a sentence why it is gone."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
# Behind everything else, so that an installed pyten or one on PYTHONPATH goes first.
_START = """
import sys
sys.path[:1] = [p for p in sys.argv[4:] if p]
sys.path.append(sys.argv[3])
from benchmarks.worker import main
main(sys.argv[1], int(sys.argv[2]))
"""


class Missing(Exception):
    """The library is not there."""


class Gone(Exception):
    """The process ended or did not answer in time."""


class Spec(NamedTuple):
    """What runs: a column's label, the peer whose code it is, and where it is found.

    Attributes:
      label: names it in the results.
      peer: a name in peers.PEERS, or "limits".
      python: the interpreter.
      path: a folder to import from before all others, or "".
    """

    label: str
    peer: str
    python: str = sys.executable
    path: str = ""


class Worker:
    """A running worker.

    Args:
      spec: what it is.
      threads: how many threads the library may use.
      patience: seconds to wait for an answer.

    Raises:
      Missing: the library cannot be imported.
      Gone: the process ended at once.
    """

    def __init__(self, spec: Spec, threads: int, patience: float = 300) -> None:
        self.spec, self.patience = spec, patience
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115, closed with the process
        count = str(threads)
        env = {
            **os.environ,
            **{f"{n}_NUM_THREADS": count for n in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")},
        }
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        try:
            self._process = subprocess.Popen(
                [spec.python, "-c", _START, spec.peer, count, str(ROOT), spec.path],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=env,
                cwd=tempfile.gettempdir(),  # the current folder is not to be imported from
            )
        except OSError as e:
            raise Missing(f"{spec.label}: {spec.python} cannot be run: {e.strerror}") from None
        self._rest = b""
        self.about = self._answer()
        if "missing" in self.about:
            self.close()
            raise Missing(self.about["missing"])

    def ask(self, what: str, **arguments: Any) -> dict[str, Any]:
        """The answer to a request.

        Raises:
          Gone: the process ended or took too long; it is closed then.
          RuntimeError: the request failed.
        """
        assert self._process.stdin is not None
        with suppress(OSError):  # it is gone then; the answer says how
            self._process.stdin.write(json.dumps({"ask": what, **arguments}).encode() + b"\n")
            self._process.stdin.flush()
        answer = self._answer()
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        out = self._process.stdout.fileno()
        while b"\n" not in self._rest:
            if not select.select([out], [], [], self.patience)[0]:
                self.close()
                raise Gone(f"{self.spec.label} gave no answer in {self.patience:g} s")
            data = os.read(out, 1 << 16)
            if not data:
                raise Gone(self._how_it_ended())
            self._rest += data
        line, self._rest = self._rest.split(b"\n", 1)
        return json.loads(line)

    def _how_it_ended(self) -> str:
        code = self._process.wait()
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        self.close()
        return f"{self.spec.label} ended with {how}" + (f": {lines[-1][:200]}" if lines else "")

    def close(self) -> None:
        """Ends the process."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._errors):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
