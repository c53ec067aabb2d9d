"""TensorFlow's own compiled training step of the paper's AlexNet, for step.ts; with several ranks under MultiWorkerMirroredStrategy, for ddp.ts."""

import json
import os
import sys
from contextlib import nullcontext

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from measure import arguments, measure

flags = arguments("rank", "ranks", "classes", texts=("ports",), lrn=("on", "off"), form=("graph",))
if flags.ranks > 1:
    workers = [f"127.0.0.1:{port}" for port in flags.ports.split(",")]
    os.environ["TF_CONFIG"] = json.dumps({"cluster": {"worker": workers}, "task": {"type": "worker", "index": flags.rank}})

import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
tf.random.set_seed(1)
strategy = tf.distribute.MultiWorkerMirroredStrategy() if flags.ranks > 1 else None

MOMENTUM, WEIGHT_DECAY = 0.9, 0.0005


def local(variable):
    """This worker's own copy of a mirrored variable."""
    return variable if strategy is None else strategy.experimental_local_results(variable)[0]


def parameters(name, shape):
    kernel = tf.Variable(tf.random.normal(shape, stddev=0.01), name=f"{name}/kernel")
    return local(kernel), local(tf.Variable(tf.zeros(shape[-1:]), name=f"{name}/bias"))


with strategy.scope() if strategy else nullcontext():
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


def convolution(x, index, stride, padding):
    """In as many groups as the kernel is less deep than its input."""
    kernel, bias = convolutions[index]
    return tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, kernel, stride, padding), bias))


def normalised(x):
    return tf.nn.local_response_normalization(x, 2, 2.0, 1e-4, 0.75) if flags.lrn == "on" else x


def pooled(x):
    return tf.nn.max_pool2d(x, 3, 2, "VALID")


def logits(images):
    x = pooled(normalised(convolution(images, 0, 4, "VALID")))
    x = pooled(normalised(convolution(x, 1, 1, "SAME")))
    x = convolution(x, 2, 1, "SAME")
    x = convolution(x, 3, 1, "SAME")
    x = tf.reshape(pooled(convolution(x, 4, 1, "SAME")), [flags.batch, 9216])
    for kernel, bias in dense[:2]:
        x = tf.nn.dropout(tf.nn.relu(tf.nn.bias_add(x @ kernel, bias)), 0.5)
    kernel, bias = dense[2]
    return tf.nn.bias_add(x @ kernel, bias)


RATE = 0.01


def update(weight, velocity, gradient):
    # TensorFlow's fused kernel, as Keras' SGD calls it.
    tf.raw_ops.ResourceApplyKerasMomentum(
        var=weight.handle,
        accum=velocity.handle,
        lr=RATE,
        grad=gradient + WEIGHT_DECAY * weight,
        momentum=MOMENTUM,
        use_locking=False,
        use_nesterov=False,
    )


def replica(images, labels):
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(weights)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits(images)))
    gradients = tape.gradient(loss, weights)
    if strategy:
        gradients = tf.distribute.get_replica_context().all_reduce("MEAN", gradients)
    for weight, velocity, gradient in zip(weights, velocities, gradients):
        update(weight, velocity, gradient)
    return loss


@tf.function
def train(images, labels):
    return strategy.run(replica, (images, labels)) if strategy else replica(images, labels)


images = tf.random.normal([flags.batch, 227, 227, 3], stddev=40.0)
labels = tf.random.uniform([flags.batch], maxval=flags.classes, dtype=tf.int32)


def step() -> float:
    return float(train(images, labels))


measure(step, flags, f"TensorFlow {tf.__version__}")
if strategy:
    # Its threads do not let a process end in good order when a peer has gone first.
    sys.stdout.flush()
    os._exit(0)
