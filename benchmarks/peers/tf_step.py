"""TensorFlow's own compiled training step of the paper's AlexNet on one core, for step.ts."""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import tensorflow as tf

from measure import arguments, measure

flags = arguments("classes", lrn=("on", "off"), form=("graph", "xla"))
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
tf.random.set_seed(1)

MOMENTUM, WEIGHT_DECAY = 0.9, 0.0005


def parameters(name, shape):
    kernel = tf.Variable(tf.random.normal(shape, stddev=0.01), name=f"{name}/kernel")
    return kernel, tf.Variable(tf.zeros(shape[-1:]), name=f"{name}/bias")


convolutions = [
    parameters("conv1", [11, 11, 3, 96]),
    parameters("conv2", [5, 5, 48, 256]),
    parameters("conv3", [3, 3, 256, 384]),
    parameters("conv4", [3, 3, 192, 384]),
    parameters("conv5", [3, 3, 192, 256]),
]
dense = [parameters("fc6", [9216, 4096]), parameters("fc7", [4096, 4096]), parameters("fc8", [4096, flags.classes])]
weights = [variable for pair in convolutions + dense for variable in pair]
velocities = [tf.Variable(tf.zeros_like(weight)) for weight in weights]


def convolution(x, index, stride, padding, groups=1):
    kernel, bias = convolutions[index]
    split = lambda tensor: tf.split(tensor, groups, -1) if groups > 1 else [tensor]
    # A grouped convolution's gradient has no kernel on the CPU.
    towers = [tf.nn.conv2d(part, k, stride, padding) for part, k in zip(split(x), split(kernel))]
    return tf.nn.relu(tf.nn.bias_add(towers[0] if groups == 1 else tf.concat(towers, -1), bias))


def normalised(x):
    return tf.nn.local_response_normalization(x, 2, 2.0, 1e-4, 0.75) if flags.lrn == "on" else x


def pooled(x):
    return tf.nn.max_pool2d(x, 3, 2, "VALID")


def logits(images):
    x = pooled(normalised(convolution(images, 0, 4, "VALID")))
    x = pooled(normalised(convolution(x, 1, 1, "SAME", 2)))
    x = convolution(x, 2, 1, "SAME")
    x = convolution(x, 3, 1, "SAME", 2)
    x = tf.reshape(pooled(convolution(x, 4, 1, "SAME", 2)), [flags.batch, 9216])
    for kernel, bias in dense[:2]:
        x = tf.nn.dropout(tf.nn.relu(tf.nn.bias_add(x @ kernel, bias)), 0.5)
    kernel, bias = dense[2]
    return tf.nn.bias_add(x @ kernel, bias)


@tf.function(jit_compile=flags.form == "xla")
def train(images, labels):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits(images)))
    for weight, velocity, gradient in zip(weights, velocities, tape.gradient(loss, weights)):
        velocity.assign(MOMENTUM * velocity - RATE * (gradient + WEIGHT_DECAY * weight)) if flags.form == "xla" else momentum(
            weight, velocity, gradient
        )
        if flags.form == "xla":
            weight.assign_add(velocity)
    return loss


RATE = 0.01


def momentum(weight, velocity, gradient):
    """TensorFlow's fused kernel, as Keras' SGD calls it."""
    tf.raw_ops.ResourceApplyKerasMomentum(
        var=weight.handle,
        accum=velocity.handle,
        lr=RATE,
        grad=gradient + WEIGHT_DECAY * weight,
        momentum=MOMENTUM,
        use_locking=False,
        use_nesterov=False,
    )


images = tf.random.normal([flags.batch, 227, 227, 3], stddev=40.0)
labels = tf.random.uniform([flags.batch], maxval=flags.classes, dtype=tf.int32)


def step() -> float:
    return float(train(images, labels))


measure(step, flags, f"TensorFlow {tf.__version__}")
