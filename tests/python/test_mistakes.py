"""Common mistakes: the class and the whole message of each, at most 6 lines.

A message that changes is changed here too, after a look at what the user now reads.
"""

import pytest

import pyten as tf


def tape_gradient_twice():
    with tf.GradientTape() as tape:
        y = v * v
    tape.gradient(y, v)
    tape.gradient(y, v)


def tape_not_entered():
    tf.GradientTape().gradient(x, v)


def watch_number():
    with tf.GradientTape() as tape:
        tape.watch(3.0)


def gradient_of_number():
    with tf.GradientTape() as tape:
        pass
    tape.gradient(3.0, v)


def gradient_none():
    with tf.GradientTape() as tape:
        pass
    tape.gradient(None, v)


def gradient_source_number():
    with tf.GradientTape() as tape:
        y = v * v
    tape.gradient(y, 3.0)


def in_place():
    global v
    v += 1.0


x = tf.constant([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
n = tf.constant([1, 2])
v = tf.Variable([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])

# (source, exception class, message)
MISTAKES = [
    ('x + tf.ones(4)', 'InvalidArgumentError', 'add: incompatible shapes: [2,3] vs. [4]; sizes must be equal or 1, from the last axis on'),
    ('tf.add(x, tf.ones((3, 2)))', 'InvalidArgumentError', 'add: incompatible shapes: [2,3] vs. [3,2]; sizes must be equal or 1, from the last axis on'),
    ('x @ x', 'InvalidArgumentError', 'matmul: inner dimensions must match, got a.shape=(2, 3) and b.shape=(2, 3): Matrix size-incompatible: In[0]: [2,3], In[1]: [2,3]'),
    ('tf.matmul(x, tf.ones(3))', 'InvalidArgumentError', 'matmul: In[1] ndims must be >= 2, got a.shape=(2, 3) and b.shape=(3,); use tf.linalg.matvec or tf.tensordot for vectors'),
    ('tf.reshape(x, (4, 2))', 'InvalidArgumentError', 'reshape: Input to reshape is a tensor with 6 values, but the requested shape has 8, got tensor.shape=(2, 3) and shape=(4, 2)'),
    ('tf.reshape(x, (4, -1))', 'InvalidArgumentError', 'reshape: Input to reshape is a tensor with 6 values, but the requested shape requires a multiple of 4, got tensor.shape=(2, 3) and shape=(4, -1)'),
    ('tf.concat([x, tf.ones((3, 2))], 0)', 'InvalidArgumentError', 'concat: Dimension 1 in both shapes must be equal: shape[0] = [2,3] vs. shape[1] = [3,2], got axis=0'),
    ('tf.stack([tf.ones(2), tf.ones(3)])', 'InvalidArgumentError', 'stack: Shapes of all inputs must match: values[0].shape = [2] != values[1].shape = [3]'),
    ('tf.split(tf.range(7), 2)', 'InvalidArgumentError', 'split: Number of ways to split should evenly divide the split dimension, but got split_dim 0 (size = 7) and num_split 2'),
    ('tf.squeeze(x, 0)', 'InvalidArgumentError', 'squeeze: Can not squeeze dim[0], expected a dimension of 1, got 2 (input.shape=(2, 3))'),
    ('tf.broadcast_to(tf.ones(3), (2, 4))', 'InvalidArgumentError', 'broadcast_to: input must broadcast to shape, got input.shape=(3,) and shape=(2, 4): Incompatible shapes: [3] vs. [2,4]'),
    ('tf.where([True, False], tf.ones(3), tf.ones(3))', 'InvalidArgumentError', 'where: condition [2], then [3], and else [3] must be broadcastable'),
    ('tf.transpose(x, [0, 0])', 'InvalidArgumentError', 'transpose: perm must name each axis once, 1 is missing from perm=(0, 0), got a.shape=(2, 3)'),
    ("tf.einsum('ij,jk->ik', x, x)", 'InvalidArgumentError', "einsum: Expected dimension 3 at axis 0 of the input shaped [2, 3] but got dimension 2 for 'j' in 'ij,jk->ik'"),
    ('tf.reduce_sum(x, axis=2)', 'InvalidIndexError', 'reduce_sum: axis must be in the range [-2, 2), got axis=2: Invalid reduction dimension (2 for input with 2 dimension(s)'),
    ('tf.reduce_sum(x, axis=[0, 0])', 'InvalidArgumentError', 'reduce_sum: axes must differ, got axis=(0, 0): Invalid reduction arguments: Axes contains duplicate dimension: 0'),
    ('tf.argmax(x, axis=5)', 'InvalidIndexError', 'argmax: expected an axis in the range [-2, 2), but got 5'),
    ('tf.concat([x, x], 3)', 'InvalidIndexError', 'concat: expected an axis in the range [-2, 2), but got 3'),
    ('tf.expand_dims(x, 7)', 'InvalidIndexError', 'expand_dims: axis must be in the range [-3, 3), got axis=7 and input.shape=(2, 3): Tried to expand dim index 7 for tensor with 2 dimensions'),
    ('x + tf.constant([1, 2, 3])', 'InvalidDTypeError', 'add: dtypes differ: float32 and int32 (shapes (2, 3) and (3,)); use tf.cast(x, tf.float32)'),
    ('n * 1.5', 'TypeError', 'multiply: cannot convert y=1.5 to a tensor of dtype int32; use tf.cast(x, tf.float32) on the int32 operand, or tf.cast(value, tf.int32) on this value'),
    ('n + 0.5', 'TypeError', 'add: cannot convert y=0.5 to a tensor of dtype int32; use tf.cast(x, tf.float32) on the int32 operand, or tf.cast(value, tf.int32) on this value'),
    ('tf.sqrt(4)', 'InvalidDTypeError', 'sqrt: dtype int32 is not in the list of allowed values: float16, bfloat16, float32, float64, complex64, complex128; use tf.cast(x, tf.float32)'),
    ('tf.nn.softmax([1, 2])', 'InvalidDTypeError', 'softmax: dtype int32 is not in the list of allowed values: float16, bfloat16, float32, float64; use tf.cast(x, tf.float32)'),
    ('tf.reduce_sum([True, False])', 'InvalidDTypeError', 'reduce_sum: dtype bool is not in the list of allowed values: int8, int16, int32, int64, uint8, uint16, uint32, uint64, float16, bfloat16, float32, float64, complex64, complex128; use tf.cast(x, tf.int32)'),
    ('tf.matmul(tf.ones((2, 2)), tf.constant([[1, 2], [3, 4]]))', 'InvalidDTypeError', 'matmul: dtypes differ: float32 and int32 (shapes (2, 2) and (2, 2)); use tf.cast(x, tf.float32)'),
    ('-tf.constant(True)', 'InvalidDTypeError', 'negative: dtype bool is not in the list of allowed values: int8, int16, int32, int64, float16, bfloat16, float32, float64, complex64, complex128; use tf.cast(x, tf.int32)'),
    ('tf.constant(True) + tf.constant(True)', 'InvalidDTypeError', 'add: dtype bool is not in the list of allowed values: int8, int16, int32, int64, uint8, uint16, uint32, uint64, float16, bfloat16, float32, float64, complex64, complex128; use tf.cast(x, tf.int32)'),
    ("tf.cast(x, 'floaty')", 'TypeError', "Cannot convert the argument `type_value`: 'floaty' to a TensorFlow DType. Did you mean 'float64'?"),
    ("tf.zeros(2, dtype='float31')", 'TypeError', "Cannot convert the argument `type_value`: 'float31' to a TensorFlow DType. Did you mean 'float32'?"),
    ('tf.constant(1.5, dtype=tf.int32)', 'TypeError', 'cannot convert 1.5 to a tensor of dtype int32; use tf.cast(value, tf.int32)'),
    ('tf.constant(300, dtype=tf.uint8)', 'TypeError', 'cannot convert 300 to a tensor of dtype uint8; it does not fit'),
    ('tf.constant(None)', 'ValueError', "Attempt to convert a value (None) with an unsupported type (<class 'NoneType'>) to a Tensor. Did a function forget to return its result?"),
    ("tf.constant('text')", 'TypeError', "cannot convert 'text' to a tensor: pyten has no string tensors"),
    ('tf.constant([[1, 2], [3]])', 'ValueError', "Can't convert non-rectangular Python sequence to Tensor. All rows must have one length: pad the shorter ones"),
    ("tf.constant({'a': 1})", 'ValueError', "Attempt to convert a value ({'a': 1}) with an unsupported type (<class 'dict'>) to a Tensor. Convert its values one by one: tf.nest.map_structure does."),
    ("tf.constant([1, 'a'])", 'TypeError', "cannot convert 'a' to a tensor: pyten has no string tensors"),
    ('x + None', 'ValueError', "add: y: Attempt to convert a value (None) with an unsupported type (<class 'NoneType'>) to a Tensor. Did a function forget to return its result?"),
    ("x + 'a'", 'TypeError', "add: y: cannot convert 'a' to a tensor: pyten has no string tensors"),
    ('tf.reduce_sum(None)', 'ValueError', "reduce_sum: input_tensor: Attempt to convert a value (None) with an unsupported type (<class 'NoneType'>) to a Tensor. Did a function forget to return its result?"),
    ('x[5]', 'InvalidIndexError', 'index: slice index 5 of dimension 0 out of bounds for shape [2,3]'),
    ('x[0, 3]', 'InvalidIndexError', 'index: slice index 3 of dimension 1 out of bounds for shape [2,3]'),
    ('x[-3]', 'InvalidIndexError', 'index: slice index -3 of dimension 0 out of bounds for shape [2,3]'),
    ('x[0, 0, 0]', 'InvalidIndexError', 'index: Index out of range using input dim 2; input has only 2 dims (shape [2,3]), got 3 indices'),
    ('x[1.0]', 'TypeError', 'index: Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and integer or boolean arrays and tensors are valid indices, got 1.0'),
    ("x['a']", 'TypeError', "index: Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and integer or boolean arrays and tensors are valid indices, got 'a'"),
    ('x[[0, 7]]', 'InvalidIndexError', 'index: slice index 7 of dimension 0 out of bounds for shape [2,3]'),
    ('x[tf.constant([True, False, True])]', 'InvalidIndexError', 'index: Shapes (2,) and (3,) are incompatible: a mask has the shape of the axes it selects from, got a mask of shape [3] for shape [2,3]'),
    ('x[::0]', 'InvalidArgumentError', 'index: strides[0] must be non-zero'),
    ('tf.constant(1.)[0]', 'InvalidIndexError', 'index: Attempting to slice scalar input.'),
    ('tf.gather([1, 2, 3], 5)', 'InvalidIndexError', 'gather: indices = 5 is not in [0, 3)'),
    ('x.__setitem__(0, 1.)', 'TypeError', "'Tensor' object does not support item assignment\nA tensor never changes; make a new one with: x = x.at[0].set(y)"),
    ('v.__setitem__((0, slice(1, None)), 1.)', 'TypeError', "'Variable' object does not support item assignment\nWrite to the variable with: v[0, 1:].assign(y)"),
    ('x.at[0].set([1., 2.])', 'InvalidArgumentError', 'at[...].set: Cannot broadcast input shape [2] into final shape [3]: the value must fit the part that the index selects'),
    ('x.at[9].add(1.)', 'InvalidIndexError', 'index: slice index 9 of dimension 0 out of bounds for shape [2,3]'),
    ('x.at(0)', 'TypeError', 'at: takes an index in brackets: x.at[...].set(y)'),
    ('tf.random.uniform((2,), maxvval=1.)', 'TypeError', "uniform() got an unexpected keyword argument 'maxvval', did you mean 'maxval'?"),
    ('tf.reduce_sum(x, dim=0)', 'TypeError', "reduce_sum() got an unexpected keyword argument 'dim', did you mean 'axis'?"),
    ('tf.reduce_sum(x, axis=0, keepdim=True)', 'TypeError', "reduce_sum() got an unexpected keyword argument 'keepdim', did you mean 'keepdims'?"),
    ('tf.reduce_sum(x, reduction_indices=0)', 'TypeError', "reduce_sum() got an unexpected keyword argument 'reduction_indices', did you mean 'axis'?"),
    ('x.sum(dim=1)', 'TypeError', "sum() got an unexpected keyword argument 'dim', did you mean 'axis'?"),
    ('tf.constant(1., requires_grad=True)', 'TypeError', "constant() got an unexpected keyword argument 'requires_grad'; make a tf.Variable, or call tape.watch(x)"),
    ('tf.constant(1., dtyp=tf.float32)', 'TypeError', "constant() got an unexpected keyword argument 'dtyp', did you mean 'dtype'?"),
    ('tf.Variable(1., trainble=False)', 'TypeError', "Variable() got an unexpected keyword argument 'trainble', did you mean 'trainable'?"),
    ('tf.constant()', 'TypeError', "constant() missing 1 required positional argument: 'value'"),
    ('tf.where(True, 1, 2, 3, 4)', 'TypeError', 'where() takes from 1 to 4 positional arguments but 5 were given; it takes condition, x, y'),
    ('tf.matmul(x)', 'TypeError', "matmul() missing 1 required positional argument: 'b'"),
    ('tf.exp()', 'TypeError', "exp() missing 1 required positional argument: 'x'"),
    ('tf.GradientTape(persistant=True)', 'TypeError', "GradientTape() got an unexpected keyword argument 'persistant', did you mean 'persistent'?"),
    ('tf.log', 'AttributeError', "module 'pyten' has no attribute 'log'; use tf.math.log"),
    ('tf.reduce_sums', 'AttributeError', "module 'pyten' has no attribute 'reduce_sums', did you mean 'tf.reduce_sum'?"),
    ('tf.array', 'AttributeError', "module 'pyten' has no attribute 'array'; use tf.constant(value)"),
    ('tf.mean', 'AttributeError', "module 'pyten' has no attribute 'mean'; use tf.reduce_mean(x, axis)"),
    ('tf.dot', 'AttributeError', "module 'pyten' has no attribute 'dot'; use tf.matmul(a, b) for matrices, tf.tensordot(a, b, 1) for vectors"),
    ('tf.Session', 'AttributeError', "module 'pyten' has no attribute 'Session'; functions run at once; there are no sessions. Take values with x.numpy()"),
    ('tf.placeholder', 'AttributeError', "module 'pyten' has no attribute 'placeholder'; functions run at once; pass values as arguments of a Python function"),
    ('tf.tensor', 'AttributeError', "module 'pyten' has no attribute 'tensor'; use tf.constant(value)"),
    ('tf.softmax', 'AttributeError', "module 'pyten' has no attribute 'softmax'; use tf.math.softmax"),
    ('tf.relu', 'AttributeError', "module 'pyten' has no attribute 'relu'; use tf.nn.relu"),
    ('tf.random.randn', 'AttributeError', "module 'pyten.random' has no attribute 'randn'; use tf.random.normal(shape)"),
    ('tf.nn.Relu', 'AttributeError', "module 'pyten.nn' has no attribute 'Relu', did you mean 'tf.nn.relu'?"),
    ('tf.strings', 'AttributeError', "module 'pyten' has no attribute 'strings': pyten has no strings"),
    ('x.reshap', 'AttributeError', "'Tensor' object has no attribute 'reshap', did you mean 'reshape'?"),
    ('x.backward()', 'AttributeError', "'Tensor' object has no attribute 'backward'; record with `with tf.GradientTape() as tape:` and call tape.gradient(y, x)"),
    ('x.detach()', 'AttributeError', "'Tensor' object has no attribute 'detach'; use tf.stop_gradient(x)"),
    ('x.cuda()', 'AttributeError', "'Tensor' object has no attribute 'cuda'; use `with tf.device('GPU:0'):`"),
    ('x.requires_grad', 'AttributeError', "'Tensor' object has no attribute 'requires_grad'; make a tf.Variable, or call tape.watch(x)"),
    ('x.view(3, 2)', 'AttributeError', "'Tensor' object has no attribute 'view'; use tf.reshape(x, shape)"),
    ('x.unsqueeze(0)', 'AttributeError', "'Tensor' object has no attribute 'unsqueeze'; use tf.expand_dims(x, axis)"),
    ('x.append(1.)', 'AttributeError', "'Tensor' object has no attribute 'append'; use tf.concat([x, [y]], 0)"),
    ('x.assign(1.)', 'AttributeError', "'Tensor' object has no attribute 'assign'; tensors never change: assign to a tf.Variable, or make a new tensor with x.at[...].set(y)"),
    ('v.assing(1.)', 'AttributeError', "'Variable' object has no attribute 'assing', did you mean 'assign'?"),
    ('tape_gradient_twice()', 'RuntimeError', 'gradient: A non-persistent GradientTape can only be used to compute one set of gradients (or jacobians); use tf.GradientTape(persistent=True)'),
    ('tape_not_entered()', 'RuntimeError', 'gradient: the tape has recorded nothing: compute inside `with tape:` first. (A non-persistent GradientTape can only be used to compute one set of gradients or jacobians.)'),
    ('tf.GradientTape().watch(x)', 'TypeError', 'watch: the tape is not recording: call it inside `with tape:`'),
    ('watch_number()', 'ValueError', 'watch: expected a tensor or a variable, got float 3.0'),
    ('gradient_of_number()', 'TypeError', 'gradient: target must be a tensor or a variable, got float 3.0; a value that went through NumPy has no gradient'),
    ('gradient_none()', 'TypeError', 'gradient: argument `target` must be a tensor, a variable or a nested structure of them, got None'),
    ('gradient_source_number()', 'TypeError', 'gradient: sources must be tensors or variables, got float 3.0'),
    ('v.assign([1., 2.])', 'InvalidArgumentError', "assign: cannot assign to variable Variable:0: shape mismatch, the variable's shape is (2, 3), and the assigned value's is (2,)"),
    ('v.assign_add(tf.ones(2))', 'InvalidArgumentError', 'assign_add: cannot update variable Variable:0 with shape [2,3] using a tensor with shape [2], shapes must be equal'),
    ('v.assign(tf.constant(1))', 'ValueError', 'assign: variable Variable:0 is float32, got a tensor of int32; use tf.cast(value, tf.float32)'),
    ('tf.Variable([1, 2]).assign([1.5, 2.])', 'TypeError', 'assign: cannot convert value=[1.5, 2.0] to a tensor of dtype int32; use tf.cast(x, tf.float32) on the int32 operand, or tf.cast(value, tf.int32) on this value'),
    ('tf.Variable()', 'ValueError', 'The `initial_value` arg to `tf.Variable` must be specified except when you are not providing a `variable_def`. You provided neither.'),
    ('in_place()', 'RuntimeError', '`variable += value` and its like are not supported for tf.Variable. Use `variable.assign_add(value)` or `variable.assign(...)` to modify the variable, or `out = variable + value` to get a new tensor.'),
    ('v[0].assign([1., 2., 3., 4.])', 'InvalidArgumentError', 'assign: Cannot broadcast input shape [4] into final shape [3]: the value must fit the part that the index selects'),
    ('v.scatter_nd_update([[9]], [1.])', 'InvalidIndexError', 'scatter_nd: indices[0] = [9] does not index into shape [2,3]'),
    ('x(1)', 'TypeError', "'pyten.Tensor' object is not callable"),
    ('v(1)', 'TypeError', "'Variable' object is not callable"),
    ('list(tf.constant(1.))', 'TypeError', 'iter: Cannot iterate over a scalar tensor, got shape ()'),
    ('len(tf.constant(1.))', 'TypeError', 'len: Scalar tensor has no `len()`, got shape ()'),
    ('bool(x)', 'ValueError', 'bool: The truth value of a tensor with more than one element is ambiguous, got shape (2, 3); use tf.reduce_any(x) or tf.reduce_all(x)'),
    ('float(x)', 'TypeError', 'float: only 0-dimensional tensors can be converted to Python scalars, got shape (2, 3)'),
    ('hash(x)', 'TypeError', 'Tensor is unhashable. Instead, use tensor.ref() as the key.'),
    ('int(tf.constant([1, 2]))', 'TypeError', 'int: only 0-dimensional tensors can be converted to Python scalars, got shape (2,)'),
    ('[1, 2][tf.constant(1.)]', 'TypeError', 'index: only integer scalar tensors can be an index, got dtype float32 and shape ()'),
    ('tf.Tensor([1])', 'TypeError', 'Tensor() takes no arguments; use tf.constant(value) to make a tensor'),
    ('n // 0', 'InvalidDivisionError', 'floordiv: Integer division by zero, y of shape () holds a 0'),
    ('tf.one_hot([1], 3.5)', 'TypeError', 'one_hot: depth must be an integer, got 3.5'),
    ('tf.zeros((-1, 2))', 'InvalidArgumentError', 'zeros: Dimension -1 must be >= 0, got shape=(-1, 2)'),
    ('tf.range(0, 5, 0)', 'InvalidArgumentError', 'range: Requires delta != 0: 0'),
    ('tf.random.uniform((2,), dtype=tf.int32)', 'ValueError', 'Must specify maxval for integer dtype tf.int32'),
    ('tf.random.normal((2,), dtype=tf.int32)', 'InvalidDTypeError', 'random.normal: dtype must be one of float16, bfloat16, float32, float64, got int32'),
    ('tf.nn.dropout(x, 1.5)', 'ValueError', '`rate` must be a scalar tensor or a float in the range [0, 1). Received: rate=1.5'),
    ('tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[0, 5], logits=x)', 'InvalidIndexError', 'sparse_softmax_cross_entropy_with_logits: Received a label value of 5 which is outside the valid range of [0, 3), got labels[1] = 5'),
    ('tf.nn.sigmoid_cross_entropy_with_logits(labels=tf.ones((2, 4)), logits=x)', 'InvalidArgumentError', 'sigmoid_cross_entropy_with_logits: `logits` and `labels` must have the same shape, received ((2, 3) vs (2, 4))'),
    ('tf.clip_by_value(x, 0.)', 'TypeError', "clip_by_value() missing 1 required positional argument: 'clip_value_max'"),
    ('tf.pad(x, [[1, 1]])', 'InvalidArgumentError', 'pad: paddings must have a pair for each axis, got tensor.shape=(2, 3) and paddings.shape=(1, 2): The first dimension of paddings must be the rank of inputs'),
    ('tf.tile(x, [2])', 'InvalidArgumentError', 'tile: Expected multiples argument to be a vector of length 2 but got length 1 (input.shape=(2, 3), multiples=(2,))'),
    ('tf.convert_to_tensor(x, tf.int32)', 'ValueError', 'Tensor conversion requested dtype int32 for Tensor with dtype float32: <tf.Tensor: shape=(2, 3), dtype=float32, numpy= array([[1., 2., 3.], [4., 5., 6.]], dtype=float32)>; use tf.cast(x, tf.int32)'),
    ("tf.device('foo')", 'ValueError', "Unknown attribute 'foo' is encountered while parsing the device spec: 'foo'."),
]  # fmt: skip


@pytest.mark.parametrize(("source", "kind", "message"), MISTAKES, ids=[row[0] for row in MISTAKES])
def test_message(source, kind, message):
    with pytest.raises(Exception) as caught:
        eval(source, globals())
    assert type(caught.value).__name__ == kind
    assert str(caught.value) == message
    assert len(message.splitlines()) <= 6


def test_enough_of_them():
    assert len(MISTAKES) >= 60


#: Classes that code written for TensorFlow and code written for Python expect.
BOTH = {
    "InvalidArgumentError": ValueError,
    "InvalidDTypeError": TypeError,
    "InvalidIndexError": IndexError,
    "InvalidDivisionError": ZeroDivisionError,
}


@pytest.mark.parametrize("kind", BOTH)
def test_both_kinds_of_except_catch(kind):
    sources = [source for source, name, _ in MISTAKES if name == kind]
    assert sources
    for source in sources:
        with pytest.raises(tf.errors.InvalidArgumentError):
            eval(source, globals())
        with pytest.raises(BOTH[kind]):
            eval(source, globals())


def test_errors_inside_a_function_keep_their_own_words():
    def wrong(y):
        return y.no_such_method(axes=1)

    with pytest.raises(AttributeError, match="no_such_method"):
        tf.map_fn(wrong, x)
    with pytest.raises(TypeError, match="wrong.. missing 1 required positional argument: 'y'"):
        tf.cond(True, wrong, lambda: 1)


def test_difflib_is_imported_late():
    import subprocess
    import sys

    code = "import sys, pyten as tf; tf.constant(1.); print('difflib' in sys.modules, 'pyten._mistakes' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["False", "False"]
