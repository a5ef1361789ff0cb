"""Bad input on the command line: one clear line, status 2, nothing written."""

import pytest
from cli_run import fails, run, snapshot, write_csv

GOOD = "a,b,label\n1,2,x\n2,3,y\n3,4,x\n4,5,y\n5,6,x\n6,7,y\n"


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "'d.csv' must have a header and rows, got an empty file"),
        (b" \n\n", "'d.csv' must have a header and rows, got an empty file"),
        (b"a,b,label\n", "'d.csv' must have rows under its header, got the header alone"),
        (
            b"a,b,label\n1,2,x\n1,2\n3,4,y\n",
            "every row must have 3 fields as the header has, got 2 in row 2 (line 3) of 'd.csv'",
        ),
        (b"a,b,label\n1,2,x,9\n", "got 4 in row 1 (line 2)"),
        (
            b"a,b,label\n1,2,x\n\n3,,y\n",
            "feature columns must hold numbers, got a missing value in row 2 (line 4), column 'b' "
            "of 'd.csv'; fill it in, drop the row, or leave the column out with --features",
        ),
        (b"a,b,label\n1,NA,x\n3,4,y\n", "got the missing value 'NA' in row 1 (line 2), column 'b'"),
        (b"a,b,label\n1,nan,x\n3,4,y\n", "got the missing value 'nan' in row 1 (line 2)"),
        (b"a,b,label\n1,two,x\n3,4,y\n", "got 'two' in row 1 (line 2), column 'b' of 'd.csv'"),
        (b"a,b,label\n1,-inf,x\n3,4,y\n", "got '-inf' in row 1 (line 2), column 'b'"),
        (b"a,b,label\n1,1e999,x\n3,4,y\n", "got '1e999' in row 1 (line 2), column 'b'"),
        (b"a,b,label\n1,1_000,x\n3,4,y\n", "got '1_000' in row 1 (line 2), column 'b'"),
        (b"a;b;label\n1;1,5;x\n3;4;y\n", "got '1,5' in row 1 (line 2), column 'b' of 'd.csv'; wri"),
        (b"a,b,label\n1,2,\n3,4,y\n", "must hold a label in every row, got a missing value in row"),
        (
            b"a,b,label\n1,2,x\n3,4,x\n",
            "at least 2 classes, got 'x' in every row of column 'label'",
        ),
        (b"a,b,label\n1,2,0.5\n3,4,1\n", "must hold class labels, got the fraction '0.5' in row 1"),
        (
            b"a,label\n" + b"".join(b"%d,c%d\n" % (i, i) for i in range(30)),
            "must hold class labels that repeat, got 30 different values in 30 rows of column",
        ),
        (b"a,a,label\n1,2,x\n3,4,y\n", "column names must differ, got 'a' more than once"),
        (b"1,2,3\n1,2,3\n", "the first line must name the columns, got the numbers '1', '2', '3'"),
        (b"label\nx\ny\n", "'d.csv' must have a column beside the target, got 'label' alone"),
        (b"a,b,label\n1,2,\xe9\n", "must be UTF-8 text, got the byte 0xe9 in line 2; name its enc"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "'d.csv' must be UTF-8 text, got the byte 0x89 in line 1"),
        (b"a,b,label\n1,2,x\0\n", "'d.csv' must be CSV text, got a binary file"),
        (b'a,b,label\n1,"2,x\n3,4,y\n', "'d.csv' must be well-formed CSV, got"),
    ],
)
def test_files(tmp_path, content, message):
    (tmp_path / "d.csv").write_bytes(content)
    error = fails("train", "d.csv", "--target", "label", cwd=tmp_path)
    assert message in error
    assert error.splitlines()[-1].startswith("pyten train: ")


def test_every_class_unlike_every_other(tmp_path):
    rows = "".join(f"{i},c{i // 2}\n" for i in range(2100))
    (tmp_path / "d.csv").write_text("a,label\n" + rows)
    error = fails("train", "d.csv", "--target", "label", cwd=tmp_path)
    assert "the target column must hold at most 1000 classes, got 1050" in error


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("nope.csv", "--target", "label"), "the data file must exist, got 'nope.csv'"),
        ((".", "--target", "label"), "the data must be a file, got the folder '.'"),
        (
            ("d.csv",),
            "--target must name the column with the labels, got none; the columns are 'a'",
        ),
        (
            ("d.csv", "--target", "lable"),
            "--target must name a column of 'd.csv', got 'lable'; the columns are 'a', 'b', ",
        ),
        (("d.csv", "--target", "label", "--features", "a,z"), "--features must name a column of"),
        (
            ("d.csv", "--target", "label", "--features", "label"),
            "--features must leave out the tar",
        ),
        (("d.csv", "--target", "label", "--features", "a,,b"), "must be names with commas between"),
        (
            ("d.csv", "--target", "label", "--features", "a,a"),
            "must name each column once, got 'a'",
        ),
        (("--learning-rate", "-0.1"), "--learning-rate: must be > 0, got '-0.1'"),
        (("--learning-rate", "fast"), "--learning-rate: must be a number, got 'fast'"),
        (("--learning-rate", "nan"), "--learning-rate: must be > 0, got 'nan'"),
        (("--steps", "0"), "--steps: must be >= 1, got '0'"),
        (("--steps", "2.5"), "--steps: must be a whole number, got '2.5'"),
        (("--l2", "-1"), "--l2: must be >= 0, got '-1'"),
        (("--seed", "-1"), "--seed: must be >= 0 and < 4294967296, got '-1'"),
        (("d.csv", "--target", "label", "--test-size", "1"), "must be >= 0 and < 1, got '1'"),
        (("--loss", "hinge"), "--loss: invalid choice: 'hinge'"),
        (("--no-such-option",), "unrecognized arguments: --no-such-option"),
        (("--target", "label"), "--target must come with a CSV file, got no file"),
        (("--out", "no/such/folder/m"), "--out must be in a folder that exists, got 'no/such/fold"),
        (("--out", "."), "--out must be a file, got the folder '.'"),
        (("--plot", "p.docx"), "--plot must name a file ending in .png, "),
        (("--plot", "no/p.png"), "--plot must be in a folder that exists, got 'no/p.png'"),
        (("--animate", "p.mp4"), "--animate must name a file ending in .gif, got 'p.mp4'"),
        (("--out", "same.png", "--plot", "same.png"), "--plot must differ from --out, got 'same."),
        (("d.csv", "--target", "label", "--out", "d.csv"), "--out must differ from the data file"),
        (
            ("d.csv", "--target", "label", "--encoding", "latin-99"),
            "--encoding must be one that Py",
        ),
        (
            ("d.csv", "--target", "label", "--delimiter", "|"),
            "must be comma, semicolon or tab, got",
        ),
    ],
)
def test_options(tmp_path, arguments, message):
    (tmp_path / "d.csv").write_text(GOOD)
    assert message in fails("train", *arguments, cwd=tmp_path)


def test_predict(tmp_path):
    write_csv(tmp_path / "d.csv")
    run("train", "d.csv", "--target", "label", "--out", "m", cwd=tmp_path)
    good = (tmp_path / "m").read_bytes()
    (tmp_path / "short").write_bytes(good[:-9])
    (tmp_path / "foreign").write_bytes(b"PK\x03\x04" + b"\0" * 100)
    (tmp_path / "few.csv").write_text("a,b\n1,2\n")
    (tmp_path / "bad.csv").write_text("a,b,c\n1,2,3\n1,x,3\n")

    for arguments, message in [
        (
            ("none", "d.csv"),
            "predict: load: path must be a readable file, got 'No such file or dir",
        ),
        (("short", "d.csv"), "predict: load: 'short' must be a whole safetensors file, got"),
        (("foreign", "d.csv"), "predict: load: 'foreign' must be a whole safetensors file, got"),
        (("d.csv", "d.csv"), "predict: load: 'd.csv' must be a whole safetensors file, got"),
        (("m", "none.csv"), "predict: the data file must exist, got 'none.csv'"),
        (
            ("m", "few.csv"),
            "must have the model's 3 feature columns, got none named 'c' in 'few.csv'",
        ),
        (("m", "bad.csv"), "got 'x' in row 2 (line 3), column 'b' of 'bad.csv'"),
        (("m", "d.csv", "-o", "no/out.csv"), "predict: --out must be in a folder that exists"),
        (("m", "d.csv", "-o", "m"), "predict: --out must differ from the model file, got 'm'"),
        (("m", "d.csv", "-o", "./d.csv"), "predict: --out must differ from the data file"),
        (("m",), "the following arguments are required: DATA.csv"),
    ]:
        assert message in fails("predict", *arguments, cwd=tmp_path), arguments


def test_a_model_without_names_wants_as_many_columns(tmp_path):
    from pyten.linear import LinearClassifier

    LinearClassifier().fit([[0.0], [1.0]], [0, 1]).save(tmp_path / "m")
    (tmp_path / "d.csv").write_text("a,b\n1,2\n")
    message = fails("predict", "m", "d.csv", cwd=tmp_path)
    assert "the data must have 1 named columns, since the model was trained without" in message


def test_a_bad_run_keeps_the_old_results(tmp_path):
    write_csv(tmp_path / "d.csv")
    run("train", "d.csv", "--target", "label", "--plot", "linear.png", cwd=tmp_path)
    before = snapshot(tmp_path)
    (tmp_path / "bad.csv").write_text("a,label\n1,x\n2,x\n")
    fails("train", "bad.csv", "--target", "label", "--plot", "linear.png", cwd=tmp_path)
    after = snapshot(tmp_path)
    assert {name: after[name] for name in before} == before
