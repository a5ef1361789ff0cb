"""Model files: round trips, foreign and hostile files, atomic writing."""

import json
import os
import pickle
import stat

import numpy as np
import pytest

from pyten._atomic import write_atomically
from pyten._safetensors import pack, read
from pyten.linear import LinearClassifier

ARRAYS = {
    *("coef", "intercept", "loss", "loss_curve", "velocity"),
    *("feature_mean", "feature_spread", "weight_seen"),
}


def fitted(labels=("a", "b", "c"), dtype=None, **params):
    rng = np.random.default_rng(0)
    index = np.arange(60) % len(labels)
    X = rng.normal(size=(60, 3)) + index[:, None]
    return LinearClassifier(**params).fit(X, np.array(labels, dtype=dtype)[index]), X


def header_of(data):
    length = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def rebuilt(header, body):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "good"
    fitted()[0].save(path)
    return path.read_bytes()


class TestRoundTrip:
    @pytest.mark.parametrize(
        "labels, dtype",
        [
            (("a", "b", "c"), None),
            (("žluť", 'quo"te', "line\nbreak"), object),
            ((3, -5, 10), np.int16),
            ((0.0, 1.0), np.float32),
            ((False, True), None),
            ((1, 2, 2**64 - 1), np.uint64),
        ],
    )
    @pytest.mark.parametrize("loss", ["logistic", "squared"])
    def test_predictions_and_attributes(self, tmp_path, labels, dtype, loss):
        model, X = fitted(labels, dtype, loss=loss, l2=0.5, random_state=4)
        path = tmp_path / "model.safetensors"
        model.save(path)
        loaded = LinearClassifier.load(path)
        assert loaded.get_params() == model.get_params()
        assert loaded.classes_.tolist() == model.classes_.tolist()
        assert loaded.predict(X).dtype == model.predict(X).dtype
        np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
        np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
        assert loaded.loss_curve_ == model.loss_curve_ and loaded.n_iter_ == model.n_iter_
        assert loaded.loss_ == model.loss_ and loaded.n_features_in_ == 3
        assert not hasattr(loaded, "feature_names_in_")

    def test_feature_names_survive(self, tmp_path):
        model, _ = fitted()
        model.feature_names_in_ = np.array(["x", "y ü", "z"], dtype=object)
        model.save(tmp_path / "m")
        names = LinearClassifier.load(str(tmp_path / "m")).feature_names_in_
        assert names.tolist() == ["x", "y ü", "z"] and names.dtype == object

    def test_the_safetensors_package_reads_it(self, tmp_path):
        safetensors = pytest.importorskip("safetensors")
        model, X = fitted()
        model.save(tmp_path / "m.safetensors")
        with safetensors.safe_open(tmp_path / "m.safetensors", "numpy") as file:
            assert set(file.keys()) == ARRAYS
            metadata = file.metadata()
            coef, intercept = file.get_tensor("coef"), file.get_tensor("intercept")
        np.testing.assert_array_equal(coef, model.coef_)
        assert metadata["format"] == "pyten.LinearClassifier"
        # All that is needed to predict, without pyten.
        classes = json.loads(metadata["classes"])
        predicted = [classes[k] for k in (X @ coef.T + intercept).argmax(axis=1)]
        assert predicted == model.predict(X).tolist()

    def test_both_ways_with_the_safetensors_package(self, tmp_path):
        package = pytest.importorskip("safetensors.numpy")
        rng = np.random.default_rng(0)
        arrays = {
            "f8": rng.normal(size=(2, 3)),
            "f2": np.arange(3, dtype=np.float16),
            "i1": np.arange(-3, 4, dtype=np.int8),
            "u4": np.arange(5, dtype=np.uint32).reshape(5, 1),
            "flag": np.array([True, False]),
            "scalar": np.float32(2.5).reshape(()),
            "empty": np.empty((0, 4)),
            "swapped": np.arange(3, dtype=">i8"),
            "strided": np.arange(12.0).reshape(3, 4)[::2, ::-1],
        }
        (tmp_path / "ours").write_bytes(pack(arrays, {"ü": "ö"}))
        package.save_file(
            {
                name: np.ascontiguousarray(a.astype(a.dtype.newbyteorder("<")))
                for name, a in arrays.items()
                if a.shape
            },
            tmp_path / "theirs",
            {"k": "v"},
        )
        theirs = package.load_file(tmp_path / "ours")
        ours, metadata = read(tmp_path / "theirs")
        assert metadata == {"k": "v"}
        for name, array in arrays.items():
            np.testing.assert_array_equal(theirs[name], array)
            assert theirs[name].shape == array.shape
            if array.shape:
                np.testing.assert_array_equal(ours[name], array)
                assert ours[name].flags.writeable and ours[name].flags.aligned

    def test_pickle(self):
        model, X = fitted()
        again = pickle.loads(pickle.dumps(model))
        np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))


class TestBadFiles:
    def load(self, tmp_path, data):
        (tmp_path / "bad").write_bytes(data)
        return LinearClassifier.load(tmp_path / "bad")

    def test_every_truncation_is_noticed(self, tmp_path, good):
        for length in [*range(0, 40), *range(40, len(good), 37), len(good) - 1]:
            with pytest.raises(ValueError, match=r"^load: .*bad' must be a whole safetensors file"):
                self.load(tmp_path, good[:length])

    def test_bytes_after_the_end(self, tmp_path, good):
        with pytest.raises(ValueError, match="bytes of data where the header describes"):
            self.load(tmp_path, good + b"\0" * 8)

    def test_random_damage_never_gets_through_as_another_error(self, tmp_path, good):
        rng = np.random.default_rng(0)
        length = int.from_bytes(good[:8], "little")
        for _ in range(300):
            data = bytearray(good)
            for position in rng.integers(0, 8 + length, 3):
                data[position] = rng.integers(0, 256)
            try:
                self.load(tmp_path, bytes(data))
            except ValueError as error:
                assert str(error).startswith("load: ")

    @pytest.mark.parametrize(
        "data, message",
        [
            (b"", "got 0 bytes; it is empty or truncated"),
            (b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "got a header of .* bytes in a file of 72"),
            (b"\xff" * 16, "got a header of 18446744073709551615 bytes in a file of 16"),
            (rebuilt(b"[" * 5000, b""), "a header that cannot be read"),
            (rebuilt(b"[1]", b""), "a header that is not a JSON object"),
            (rebuilt(b'{"a": \xff}', b""), "a header that cannot be read"),
            (rebuilt(b'{"__metadata__": {"a": 1}}', b""), "__metadata__ that is not text by name"),
            (rebuilt(b'{"a":{},"a":{}}', b""), "a name that occurs twice"),
            (rebuilt(b'{"a": 1}', b""), "array 'a' without dtype, shape and data_offsets"),
            (rebuilt({"a": {"dtype": "F128", "shape": [0], "data_offsets": [0, 0]}}, b""), "dtype"),
            (
                rebuilt(
                    {"a": {"dtype": "F64", "shape": [10**15], "data_offsets": [0, 8]}}, b"x" * 8
                ),
                "array 'a' whose shape and offsets differ",
            ),
            (
                rebuilt({"a": {"dtype": "F64", "shape": [0, 2**62], "data_offsets": [0, 0]}}, b""),
                "array 'a' whose shape and offsets differ",
            ),
            (
                rebuilt({"a": {"dtype": "U8", "shape": [9], "data_offsets": [0, 9]}}, b"x" * 8),
                "array 'a' beyond the 8 bytes of data",
            ),
            (
                rebuilt({"a": {"dtype": "U8", "shape": [-1], "data_offsets": [0, 0]}}, b""),
                "shape or offsets that are not whole numbers",
            ),
            (
                rebuilt({"a": {"dtype": "U8", "shape": [True], "data_offsets": [0, 1]}}, b"x"),
                "shape or offsets that are not whole numbers",
            ),
            (
                rebuilt(
                    {
                        "a": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]},
                        "b": {"dtype": "U8", "shape": [4], "data_offsets": [2, 6]},
                    },
                    b"x" * 6,
                ),
                "array 'b' that overlaps the one before",
            ),
            (
                rebuilt({"b": {"dtype": "U8", "shape": [4], "data_offsets": [2, 6]}}, b"x" * 6),
                "array 'b' that leaves a hole before it",
            ),
        ],
    )
    def test_malformed(self, tmp_path, data, message):
        with pytest.raises(ValueError, match=f"^load: .*bad' must be a whole .*{message}"):
            self.load(tmp_path, data)

    def test_a_header_that_claims_more_than_the_file_allocates_nothing(self, tmp_path):
        import tracemalloc

        tracemalloc.start()
        with pytest.raises(ValueError, match="a header of 90000000 bytes"):
            self.load(tmp_path, (90_000_000).to_bytes(8, "little") + b"{}")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 5_000_000

    def test_another_kind_of_model(self, tmp_path):
        data = pack({"w": np.ones(3)}, {"format": "pt"})
        with pytest.raises(ValueError, match=r"must be a pyten.LinearClassifier file, got .*'pt'"):
            self.load(tmp_path, data)

    def test_a_later_version(self, tmp_path, good):
        header, body = header_of(good)
        header["__metadata__"]["format_version"] = "2"
        with pytest.raises(ValueError, match="must have format_version 1, got '2'; update pyten"):
            self.load(tmp_path, rebuilt(header, body))

    @pytest.mark.parametrize(
        "key, value, message",
        [
            ("classes", '["a", "b"]', "coef of shape"),
            ("classes", '["a"]', "fewer than two classes"),
            ("classes", '["a", "b", 3]', "labels of another kind"),
            ("classes", "{", "damaged file"),
            ("classes_dtype", "V8", "labels of dtype"),
            ("classes_dtype", "no such", "damaged file"),
            ("feature_names", '["only one"]', "1 feature names for 3 features"),
            ("feature_names", "[1, 2, 3]", "3 feature names for 3 features"),
            ("n_iter", "2", "loss_curve of shape"),
            ("n_iter", "x", "damaged file"),
            ("params", '{"loss": "hinge"}', "loss must be one of"),
            ("params", "[]", "damaged file"),
        ],
    )
    def test_metadata_that_does_not_fit(self, tmp_path, good, key, value, message):
        header, body = header_of(good)
        header["__metadata__"][key] = value
        with pytest.raises(ValueError, match=f"^load: .* must describe one whole model.*{message}"):
            self.load(tmp_path, rebuilt(header, body))

    def test_missing_parts_and_numbers_that_are_none(self, tmp_path, good):
        header, body = header_of(good)
        del header["__metadata__"]["classes"]
        with pytest.raises(ValueError, match="no 'classes'"):
            self.load(tmp_path, rebuilt(header, body))
        (tmp_path / "good").write_bytes(good)
        arrays, metadata = read(tmp_path / "good")
        for name in ("coef", "intercept", "velocity"):
            with pytest.raises(ValueError, match=f"no '{name}'"):
                rest = {key: value for key, value in arrays.items() if key != name}
                self.load(tmp_path, pack(rest, metadata))
            with pytest.raises(ValueError, match=f"{name} that is not finite"):
                self.load(tmp_path, pack({**arrays, name: arrays[name] * np.nan}, metadata))

    def test_no_such_file_and_a_folder(self, tmp_path):
        with pytest.raises(FileNotFoundError, match="load: path must be a readable file, got"):
            LinearClassifier.load(tmp_path / "nothing")
        with pytest.raises(OSError, match="load: path must be a readable file, got"):
            LinearClassifier.load(tmp_path)


class TestAtomicWriting:
    def test_a_failed_write_leaves_the_old_file(self, tmp_path, monkeypatch):
        model, X = fitted()
        path = tmp_path / "m"
        model.save(path)
        old = path.read_bytes()

        def full(descriptor):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="save: path must be writable, got 'No space left"):
            LinearClassifier(l2=9.0).fit(X, np.arange(60) % 2).save(path)
        assert path.read_bytes() == old
        assert [p.name for p in tmp_path.iterdir()] == ["m"]

    @pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
    def test_so_does_an_interrupt_in_the_middle(self, tmp_path, monkeypatch, error):
        (tmp_path / "m").write_bytes(b"old")

        def stop(*_):
            raise error

        monkeypatch.setattr(os, "replace", stop)
        with pytest.raises(error):
            write_atomically(tmp_path / "m", b"new")
        assert (tmp_path / "m").read_bytes() == b"old"
        assert [p.name for p in tmp_path.iterdir()] == ["m"]

    def test_places_that_cannot_be_written(self, tmp_path):
        model, _ = fitted()
        with pytest.raises(FileNotFoundError, match="save: path must be in a folder that exists"):
            model.save(tmp_path / "no" / "m")
        with pytest.raises(IsADirectoryError, match="save: path must be a file, got the folder"):
            model.save(tmp_path)

    @pytest.mark.skipif(os.name == "nt", reason="POSIX permissions and links")
    def test_permissions_and_links_are_kept(self, tmp_path):
        target, link = tmp_path / "target", tmp_path / "link"
        target.write_bytes(b"old")
        target.chmod(0o640)
        link.symlink_to(target)
        write_atomically(link, b"new")
        assert link.is_symlink() and target.read_bytes() == b"new"
        assert stat.S_IMODE(target.stat().st_mode) == 0o640
        mask = os.umask(0o027)
        try:
            write_atomically(tmp_path / "fresh", b"x")
        finally:
            os.umask(mask)
        assert stat.S_IMODE((tmp_path / "fresh").stat().st_mode) == 0o640

    @pytest.mark.skipif(not os.path.exists("/dev/null"), reason="needs /dev/null")
    def test_a_device_is_written_and_stays_a_device(self):
        write_atomically("/dev/null", b"x")
        assert stat.S_ISCHR(os.stat("/dev/null").st_mode)

    def test_labels_that_cannot_be_kept(self, tmp_path):
        _, X = fitted()
        odd = LinearClassifier().fit(X, np.array([b"a", b"b"])[np.arange(60) % 2])
        with pytest.raises(TypeError, match="save: labels must be strings, booleans or numbers"):
            odd.save(tmp_path / "m")
        assert list(tmp_path.iterdir()) == []
