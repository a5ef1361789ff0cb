"""save, load and TensorFile: what goes round, who else reads it, and what stays on the disk."""

import doctest
import io
import json
import os
import re
import resource
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import pyten as tf

DTYPES = [
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "bfloat16", "float32", "float64", "complex64", "complex128"),
]
SHAPES = [(), (0,), (3, 0, 2), (1,), (5,), (2, 3, 4)]


def values(dtype, shape, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 2 if dtype == "bool" else 100, shape)
    if dtype.startswith("complex"):
        x = x + 1j * rng.integers(0, 100, shape)
    return tf.cast(tf.constant(x), dtype)


def bits(t):
    """Everything that tells two tensors of a dtype apart."""
    raw = tf.bitcast(t, "uint16") if t.dtype == "bfloat16" else t
    return t.dtype.name, tuple(t.shape), np.asarray(raw).tobytes()


def address(t):
    return np.asarray(t).__array_interface__["data"][0]


def header(path):
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + length]), data[8 + length :]


class TestTrees:
    @pytest.mark.parametrize("copy", [False, True])
    @pytest.mark.parametrize("shape", SHAPES)
    def test_every_dtype(self, tmp_path, shape, copy):
        tree = {dtype: values(dtype, shape) for dtype in DTYPES}
        tf.save(tmp_path / "w", tree)
        loaded = tf.load(tmp_path / "w", copy=copy)
        assert list(loaded) == DTYPES
        assert {k: bits(t) for k, t in loaded.items()} == {k: bits(t) for k, t in tree.items()}

    @pytest.mark.parametrize(
        "tree",
        [
            {},
            [],
            (),
            {"a": {}},
            [[], (), {}],
            {"a": {"b": {"c": 1}}},
            [1, (2, [3, {"x": (4,)}])],
            {"n": None, "t": True, "f": 0.1, "i": -(10**30), "s": 'quo"te\n€', "inf": -np.inf},
            {"": [""], "a.b": {"c.d": "list"}, "0": ["list"]},
            "just text",
            None,
        ],
    )
    def test_structure_without_tensors(self, tmp_path, tree):
        tf.save(tmp_path / "w", tree)
        loaded = tf.load(tmp_path / "w")
        assert loaded == tree and repr(loaded) == repr(tree)

    def test_structure_with_tensors(self, tmp_path):
        x = tf.range(6.0)
        tree = {
            "layers": [{"w": x, "b": tf.Variable([1, 2])}, {"w": np.ones((2, 2)), "b": np.int8(3)}],
            "pair": (x[1:3], 0.5),
            "": x,
            "epoch": 7,
        }
        tf.save(tmp_path / "w", tree, {"author": "me"})
        again = tf.load(tmp_path / "w")
        assert list(again) == list(tree) and again["epoch"] == 7
        assert type(again["layers"]) is list and type(again["pair"]) is tuple
        first, second = again["layers"]
        assert [type(v) for v in first.values()] == [tf.Tensor] * 2
        assert bits(first["w"]) == bits(x) and first["b"].numpy().tolist() == [1, 2]
        assert second["w"].dtype == "float64" and second["b"].dtype == "int8"
        assert again["pair"][0].numpy().tolist() == [1.0, 2.0] and again["pair"][1] == 0.5
        with tf.TensorFile(tmp_path / "w") as file:
            assert file.metadata == {"author": "me"}
            assert set(file) == {
                *("layers.0.w", "layers.0.b", "layers.1.w", "layers.1.b", "pair.0", "")
            }

    def test_one_tensor(self, tmp_path):
        tf.save(tmp_path / "w", tf.constant(3.5))
        assert float(tf.load(tmp_path / "w")) == 3.5

    def test_tensors_by_name_need_no_metadata(self, tmp_path):
        tf.save(tmp_path / "w", {"b": tf.ones(2), "a.b": tf.ones(3)})
        assert "__metadata__" not in header(tmp_path / "w")[0]
        assert list(tf.load(tmp_path / "w")) == ["b", "a.b"]

    @pytest.mark.parametrize("layout", ["strided", "reversed", "fortran", "swapped", "broadcast"])
    def test_layouts(self, tmp_path, layout):
        x = np.arange(24.0).reshape(4, 6)
        x = {
            "strided": x[::2, 1::3],
            "reversed": x[::-1, ::-1],
            "fortran": np.asfortranarray(x),
            "swapped": x.astype(">f8"),
            "broadcast": np.broadcast_to(x[:1], (4, 6)),
        }[layout]
        t = tf.constant(x.astype("f8"))
        tf.save(tmp_path / "w", {"array": x, "tensor": t, "view": tf.transpose(t)})
        loaded = tf.load(tmp_path / "w")
        np.testing.assert_array_equal(loaded["array"], x)
        np.testing.assert_array_equal(loaded["tensor"], x)
        np.testing.assert_array_equal(loaded["view"], x.T)

    def test_saving_is_seen_by_no_tape(self, tmp_path):
        x = tf.Variable(2.0)
        with tf.GradientTape() as tape:
            y = x * x
            tf.save(tmp_path / "w", {"x": x, "y": y})
        assert float(tape.gradient(y, x)) == 4.0

    @pytest.mark.parametrize(
        "tree, error, message",
        [
            ({"a": [{1: tf.ones(1)}]}, TypeError, r"keys of tree\['a'\]\[0\] must be strings"),
            ({"a": {1, 2}}, TypeError, r"tree\['a'\] must be a tensor.* of type set"),
            ([b"x"], TypeError, r"tree\[0\] must be .* of type bytes"),
            ({"a": tf.Module()}, TypeError, r"type Module; tf.train.Checkpoint saves modules"),
            ({"a": np.array([None])}, TypeError, "dtype object"),
            ({"a.b": np.ones(1), "a": {"b": np.ones(1)}}, ValueError, "the name 'a.b'"),
            ({"\ud800": np.ones(1)}, ValueError, "valid Unicode"),
            ({"__metadata__": np.ones(1)}, ValueError, "the format's own name"),
            (tf.constant(1.0).ref, TypeError, "tree must be a tensor"),
        ],
    )
    def test_what_cannot_be_saved(self, tmp_path, tree, error, message):
        (tmp_path / "w").write_bytes(b"old")
        with pytest.raises(error, match=message):
            tf.save(tmp_path / "w", tree)
        assert (tmp_path / "w").read_bytes() == b"old" and len(list(tmp_path.iterdir())) == 1

    def test_namedtuples_and_cycles(self, tmp_path):
        from collections import namedtuple

        with pytest.raises(
            TypeError, match=r"tree\['p'\] must be .* namedtuple P; use its _asdict"
        ):
            tf.save(tmp_path / "w", {"p": namedtuple("P", "x")(1)})
        cycle = []
        cycle.append(cycle)
        with pytest.raises(ValueError, match="tree must not contain itself"):
            tf.save(tmp_path / "w", cycle)

    @pytest.mark.parametrize(
        "metadata, error",
        [({"a": 1}, TypeError), ({1: "a"}, TypeError), ({"pyten.tree": "x"}, ValueError)],
    )
    def test_metadata_that_is_not_text(self, tmp_path, metadata, error):
        with pytest.raises(error, match="save: metadata must"):
            tf.save(tmp_path / "w", {}, metadata)


class TestOtherPrograms:
    def test_the_safetensors_package_reads_ours(self, tmp_path):
        package = pytest.importorskip("safetensors.numpy")
        # It has no name for complex128, which stands as pairs.
        tree = {d: values(d, (2, 3)) for d in DTYPES}
        tf.save(tmp_path / "w", tree, {"k": "v"})
        loaded = package.load_file(tmp_path / "w")
        assert set(loaded) == set(DTYPES)
        pairs = loaded.pop("complex128")
        np.testing.assert_array_equal(pairs[..., 0] + 1j * pairs[..., 1], tree["complex128"])
        for name, array in loaded.items():
            assert array.dtype.name == name
            assert array.tobytes() == bits(tree[name])[2]

    def test_we_read_the_safetensors_package(self, tmp_path):
        package = pytest.importorskip("safetensors.numpy")
        arrays = {d: np.asarray(values(d, (3, 2))) for d in DTYPES if d != "complex128"}
        arrays |= {"empty": np.empty((0, 4)), "scalar": np.array(2.5), "model.0.w": np.ones(3)}
        package.save_file(arrays, tmp_path / "w", {"k": "v"})
        loaded = tf.load(tmp_path / "w")
        assert set(loaded) == set(arrays)
        for name, array in arrays.items():
            assert bits(loaded[name]) == (array.dtype.name, array.shape, array.tobytes())
        assert tf.TensorFile(tmp_path / "w").metadata == {"k": "v"}

    def test_torch_both_ways(self, tmp_path):
        torch = pytest.importorskip("torch")
        package = pytest.importorskip("safetensors.torch")
        tree = {d: values(d, (2, 3)) for d in DTYPES if d != "complex128"}
        tf.save(tmp_path / "ours", tree)
        loaded = package.load_file(tmp_path / "ours")
        for name, t in loaded.items():
            assert str(t.dtype) == f"torch.{name}"
        package.save_file(loaded, tmp_path / "theirs")
        again = tf.load(tmp_path / "theirs")
        assert {k: bits(t) for k, t in again.items()} == {k: bits(t) for k, t in tree.items()}
        # Names are those of a module's parameters.
        model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1))
        layers = [{"weight": w, "bias": b} for w, b in [(np.ones((3, 2)), np.ones(3))]]
        last = {"weight": np.zeros((1, 3), "f4"), "bias": np.ones(1, "f4")}
        tf.save(tmp_path / "model", {"0": layers[0], "2": last})
        model.load_state_dict(package.load_file(tmp_path / "model"))
        assert model(torch.zeros(4, 2)).tolist() == [[1.0]] * 4

    @pytest.mark.parametrize("copy", [False, True])
    @pytest.mark.parametrize("packed", [False, True])
    def test_npz(self, tmp_path, packed, copy):
        arrays = {d: np.asarray(values(d, (3, 4))) for d in DTYPES if d != "bfloat16"}
        arrays |= {
            "big": np.arange(5, dtype=">f8"),
            "bigger": np.arange(6, dtype=">c16").reshape(2, 3, order="F"),
            "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
            "cube": np.asfortranarray(np.arange(24).reshape(2, 3, 4)),
            "empty": np.empty((0, 3)),
            "scalar": np.array(7, "i2"),
            "folder/name ü": np.ones(2),
        }
        (np.savez_compressed if packed else np.savez)(tmp_path / "a.npz", **arrays)
        loaded = tf.load(tmp_path / "a.npz", copy=copy)
        assert list(loaded) == list(arrays)
        for name, array in arrays.items():
            assert loaded[name].dtype == array.dtype.name and loaded[name].shape == array.shape
            np.testing.assert_array_equal(loaded[name], array)

    @pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
    @pytest.mark.parametrize(
        "array",
        [
            np.arange(12.0).reshape(3, 4),
            np.asfortranarray(np.arange(12).reshape(3, 4)),
            np.arange(3, dtype=">u2"),
            np.array(1 + 2j),
            np.zeros((0, 2), bool),
        ],
    )
    def test_npy(self, tmp_path, array, version):
        with open(tmp_path / "a.npy", "wb") as file:
            np.lib.format.write_array(file, array, version)
        loaded = tf.load(tmp_path / "a.npy")
        assert loaded.dtype == array.dtype.name and loaded.shape == array.shape
        np.testing.assert_array_equal(loaded, array)
        with tf.TensorFile(tmp_path / "a.npy") as file:
            assert list(file) == [""] and file.shape("") == array.shape

    def test_a_fortran_array_is_not_copied(self, tmp_path):
        np.save(tmp_path / "a.npy", np.asfortranarray(np.ones((300, 500))))
        t = tf.load(tmp_path / "a.npy")
        assert np.asarray(t).flags.f_contiguous and not np.asarray(t).flags.owndata

    def test_checkpoints_are_such_files(self, tmp_path):
        v = tf.Variable([1.0 + 2j], dtype="complex128")
        path = tf.train.Checkpoint(m=[v, {"b": tf.Variable(tf.cast(3.0, "bfloat16"))}]).write(
            tmp_path / "c"
        )
        loaded = tf.load(path + ".safetensors")
        assert set(loaded) == {"m/0", "m/1/b"}
        assert loaded["m/0"].dtype == "complex128" and loaded["m/1/b"].dtype == "bfloat16"


class TestMapping:
    def test_tensors_are_views_of_the_file(self, tmp_path):
        tf.save(tmp_path / "w", {"x": tf.range(1000.0), "y": tf.zeros(10, "int8")})
        with tf.TensorFile(tmp_path / "w") as file:
            first, second = file["x"], file["x"]
        assert address(first) == address(second)  # one mapping
        with tf.TensorFile(tmp_path / "w", copy=True) as file:
            assert address(file["x"]) != address(file["x"])
        assert not np.asarray(first).flags.writeable
        assert first.numpy().flags.writeable  # a copy, as ever
        assert float(tf.reduce_sum(first)) == 499500.0

    def test_variables_made_of_them_can_be_written(self, tmp_path):
        tf.save(tmp_path / "w", {"x": tf.zeros(4), "y": tf.zeros((2, 2))})
        loaded = tf.load(tmp_path / "w")
        v, u = tf.Variable(loaded["x"]), tf.Variable(tf.ones((2, 2)))
        u.assign(loaded["y"])
        for _ in range(3):
            v.assign_add([1.0, 2.0, 3.0, 4.0])
            v[0].assign(9.0)
            u.assign_sub(tf.ones((2, 2)))
            tf.optimizers.SGD(1.0).apply_gradients([(tf.ones(4), v), (tf.ones((2, 2)), u)])
        assert v.numpy().tolist() == [8.0, 3.0, 6.0, 9.0] and float(u[0, 0]) == -6.0
        assert loaded["x"].numpy().tolist() == [0.0] * 4
        assert tf.load(tmp_path / "w")["x"].numpy().tolist() == [0.0] * 4

    def test_they_outlive_the_file(self, tmp_path):
        tf.save(tmp_path / "w", {"x": tf.range(50_000.0)})
        with tf.TensorFile(tmp_path / "w") as file:
            x = file["x"]
        tf.save(tmp_path / "w", {"x": tf.zeros(3)})
        assert float(x[-1]) == 49_999.0
        (tmp_path / "w").unlink()
        assert float(tf.reduce_max(x)) == 49_999.0
        with pytest.raises(ValueError, match="closed file"):
            file["x"]

    def test_a_file_that_shrinks(self, tmp_path):
        path = tmp_path / "w"
        tf.save(path, {"x": tf.zeros(100_000), "y": tf.ones(3)})
        for copy in (False, True):
            with tf.TensorFile(path, copy=copy) as file:
                os.truncate(path, 1000)
                with pytest.raises(tf.errors.DataLossError, match="cut off while it was open"):
                    file["x"]
            tf.save(path, {"x": tf.zeros(100_000), "y": tf.ones(3)})

    @pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
    @pytest.mark.parametrize("kind", ["safetensors", "npy"])
    def test_a_gigabyte_opens_in_milliseconds(self, tmp_path, kind):
        rows = 2**30 // 4 // 1024
        path = tmp_path / "w"
        if kind == "safetensors":
            text = json.dumps(
                {"x": {"dtype": "F32", "shape": [rows, 1024], "data_offsets": [0, 2**30]}}
            )
            text += " " * (-len(text) % 8)
            start = len(text).to_bytes(8, "little") + text.encode()
        else:
            out = io.BytesIO()
            descr = {"descr": "<f4", "fortran_order": False, "shape": (rows, 1024)}
            np.lib.format.write_array_header_1_0(out, descr)
            start = out.getvalue()
        path.write_bytes(start)
        os.truncate(path, len(start) + 2**30)
        code = f"""
import time, pyten as tf
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
tf.save({str(tmp_path / "small")!r}, {{"x": tf.ones(3)}}); tf.load({str(tmp_path / "small")!r})
before, times = resident(), []
for _ in range(5):
    start = time.perf_counter()
    t = tf.load({str(path)!r})
    times.append(time.perf_counter() - start)
x = t if isinstance(t, tf.Tensor) else t["x"]
opened = resident()
part = float(tf.reduce_sum(x[5] + x[-1]))
print(tuple(x.shape), part, opened - before, resident() - before, min(times))
"""
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        shape, rest = done.stdout.rsplit(") ", 1)
        part, opened, used, seconds = map(float, rest.split())
        assert shape == f"({rows}, 1024" and part == 0
        assert seconds < 0.02 and opened < 2**20 and used < 4 * 2**20

    def test_arrays_in_archives_are_views_where_they_are_aligned(self, tmp_path):
        np.savez(tmp_path / "a.npz", xy=np.ones(1000), xyz=np.ones(1000))
        with tf.TensorFile(tmp_path / "a.npz") as file:
            assert address(file["xy"]) == address(file["xy"])
            assert address(file["xyz"]) % 8 == 0
            assert float(tf.reduce_sum(file["xyz"])) == 1000

    def test_threads_share_a_file(self, tmp_path):
        tf.save(tmp_path / "w", {str(i): tf.fill((1000,), float(i)) for i in range(50)})
        np.savez_compressed(tmp_path / "z", **{str(i): np.full(1000, i) for i in range(50)})
        failures = []

        def work(file):
            for i in list(range(50)) * 4:
                if file[str(i)].numpy().tolist() != [i] * 1000:
                    failures.append(i)

        for name, copy in (("w", False), ("w", True), ("z.npz", False)):
            with tf.TensorFile(tmp_path / name, copy=copy) as file:
                threads = [threading.Thread(target=work, args=(file,)) for _ in range(4)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
        assert not failures

    def test_a_tensor_may_go_on_another_thread(self, tmp_path):
        tf.save(tmp_path / "w", {"x": tf.ones(1000)})
        kept = [tf.load(tmp_path / "w")["x"]]
        thread = threading.Thread(target=kept.clear)
        thread.start()
        thread.join()
        assert kept == []

    def test_no_file_or_mapping_is_left_open(self, tmp_path):
        if not os.path.exists("/proc/self/maps"):
            pytest.skip("reads /proc")
        tf.save(tmp_path / "kept", {"x": tf.ones(10_000)})
        t = tf.load(tmp_path / "kept")["x"]
        name = str(tmp_path / "kept")

        def mapped():
            with open("/proc/self/maps") as maps:
                return name in maps.read()

        assert mapped()
        del t
        assert not mapped()
        descriptors = [
            os.readlink(f"/proc/self/fd/{d}")
            for d in os.listdir("/proc/self/fd")
            if os.path.islink(f"/proc/self/fd/{d}")
        ]
        assert name not in descriptors

    def test_misaligned_elements_are_copied(self, tmp_path):
        text = (
            b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},'
            b'"x":{"dtype":"F32","shape":[2],"data_offsets":[1,9]}}'
        )
        data = np.array([1.5, 2.5], "<f4").tobytes()
        (tmp_path / "w").write_bytes(len(text).to_bytes(8, "little") + text + b"\x07" + data)
        x = tf.load(tmp_path / "w")["x"]
        assert x.numpy().tolist() == [1.5, 2.5] and address(x) % 4 == 0


class TestWriting:
    def test_a_full_disk(self, tmp_path):
        """The limit on a file's size fails a write as a full disk does: in the middle."""
        path = tmp_path / "w"
        tf.save(path, {"x": tf.ones(4)})
        before = path.read_bytes()
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
        try:
            with pytest.raises(OSError, match=r"save: path must be writable, got 'File too large'"):
                tf.save(path, {"x": tf.ones(1_000_000)})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["w"]

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
    def test_a_full_device(self):
        with pytest.raises(OSError, match="got 'No space left on device' for '/dev/full'"):
            tf.save("/dev/full", {"x": tf.ones(100_000)})

    def test_a_process_killed_while_it_writes(self, tmp_path):
        path = tmp_path / "w"
        tf.save(path, {"x": tf.ones(4)})
        code = f"""
import os, signal, pyten as tf
os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL)
tf.save({str(path)!r}, {{"x": tf.zeros(1000)}})
"""
        assert subprocess.run([sys.executable, "-c", code]).returncode == -9
        assert tf.load(path)["x"].numpy().tolist() == [1.0] * 4

    def test_missing_folders(self, tmp_path):
        with pytest.raises(FileNotFoundError, match="save: path must be in a folder that exists"):
            tf.save(tmp_path / "no" / "w", {})
        with pytest.raises(IsADirectoryError, match="save: path must be a file"):
            tf.save(tmp_path, {})
        with pytest.raises(FileNotFoundError, match="load: path must be a readable file, got 'No "):
            tf.load(tmp_path / "no")
        with pytest.raises(IsADirectoryError, match="load: path must be a readable file"):
            tf.load(tmp_path)

    def test_large_arrays_are_not_copied_on_the_way(self, tmp_path):
        x = np.ones(2**24, np.uint8)
        t = tf.constant(x)
        import tracemalloc

        tracemalloc.start()
        tf.save(tmp_path / "w", {"x": x, "t": t})
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 2**20


@pytest.mark.skipif(np.__version__.startswith("1."), reason="the examples show NumPy 2's text")
def test_the_page_runs():
    pytest.importorskip("safetensors")
    text = (Path(__file__).resolve().parents[2] / "docs/saving.md").read_text()
    blocks = "\n".join(re.findall(r"```pycon\n(.*?)```", text, re.DOTALL))
    test = doctest.DocTestParser().get_doctest(blocks, {}, "saving", None, 0)
    report = io.StringIO()
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    runner.run(test, out=report.write)
    assert runner.failures == 0 and runner.tries > 20, report.getvalue()


def test_importing_pyten_loads_none_of_it():
    code = (
        "import sys, pyten; "
        "print([m for m in ('json', 'mmap', 'zipfile', 'pyten._saving', 'pyten._npy') "
        "if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert "pyten" not in done and "mmap" not in done
