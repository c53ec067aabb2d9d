"""The networks as Keras 3 has them on TensorFlow, built of its own layers where it has them."""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from case import Case, answer


class TwoTowers(layers.Layer):
    """A convolution in two groups, each over its half of the channels: TensorFlow has no gradient for groups on a CPU."""

    def __init__(self, filters: int, size: int, name: str):
        super().__init__(name=name)
        self.filters, self.size = filters, size

    def build(self, shape):
        self.kernel = self.add_weight(shape=(self.size, self.size, shape[-1] // 2, self.filters), name="kernel")
        self.bias = self.add_weight(shape=(self.filters,), name="bias")

    def call(self, x):
        towers = zip(tf.split(x, 2, axis=-1), tf.split(self.kernel, 2, axis=-1))
        outputs = [tf.nn.conv2d(part, kernel, strides=1, padding="SAME") for part, kernel in towers]
        return tf.nn.relu(tf.concat(outputs, axis=-1) + self.bias)


class Lrn(layers.Layer):
    def call(self, x):
        return tf.nn.local_response_normalization(x, depth_radius=2, bias=2.0, alpha=1e-4, beta=0.75)


def conv(name, filters, size, strides=1, padding="valid"):
    return layers.Conv2D(filters, size, strides=strides, padding=padding, activation="relu", name=name)


def dense(name, units):
    return layers.Dense(units, activation="relu", name=name)


def small(classes):
    return [
        conv("conv1", 32, 3, padding="same"),
        layers.MaxPooling2D(2),
        conv("conv2", 64, 3, padding="same"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        dense("fc3", 128),
        layers.Dense(classes, name="fc4"),
    ]


def alexnet_paper(classes):
    return [
        conv("conv1", 96, 11, strides=4),
        Lrn(),
        layers.MaxPooling2D(3, 2),
        TwoTowers(256, 5, "conv2"),
        Lrn(),
        layers.MaxPooling2D(3, 2),
        conv("conv3", 384, 3, padding="same"),
        TwoTowers(384, 3, "conv4"),
        TwoTowers(256, 3, "conv5"),
        layers.MaxPooling2D(3, 2),
        layers.Flatten(),
        dense("fc6", 4096),
        dense("fc7", 4096),
        layers.Dense(classes, name="fc8"),
    ]


def alexnet_one_column(classes):
    return [
        layers.ZeroPadding2D(2),
        conv("conv1", 64, 11, strides=4),
        layers.MaxPooling2D(3, 2),
        conv("conv2", 192, 5, padding="same"),
        layers.MaxPooling2D(3, 2),
        conv("conv3", 384, 3, padding="same"),
        conv("conv4", 256, 3, padding="same"),
        conv("conv5", 256, 3, padding="same"),
        layers.MaxPooling2D(3, 2),
        layers.Flatten(),
        dense("fc6", 4096),
        dense("fc7", 4096),
        layers.Dense(classes, name="fc8"),
    ]


def alexnet_keras(classes):
    def bn(name):
        return layers.BatchNormalization(name=name)

    return [
        conv("conv1", 96, 11, strides=4),
        layers.MaxPooling2D(2),
        bn("bn1"),
        conv("conv2", 256, 11),
        layers.MaxPooling2D(2),
        bn("bn2"),
        conv("conv3", 384, 3),
        bn("bn3"),
        conv("conv4", 384, 3),
        bn("bn4"),
        conv("conv5", 256, 3),
        layers.MaxPooling2D(2),
        bn("bn5"),
        layers.Flatten(),
        dense("fc6", 4096),
        bn("bn6"),
        dense("fc7", 4096),
        bn("bn7"),
        layers.Dense(classes, name="fc8"),
    ]


NETWORKS = {
    "small": small,
    "paper": alexnet_paper,
    "one-column": alexnet_one_column,
    "keras": alexnet_keras,
}
TRAINED = ("kernel", "bias", "gamma", "beta")
STATE = ("moving_mean", "moving_variance")


def variables_of(model, kinds):
    return {
        f"{layer.name}/{kind}": getattr(layer, kind)
        for layer in model.layers
        for kind in kinds
        if isinstance(getattr(layer, kind, None), keras.Variable)
    }


def peer(case: Case):
    model = keras.Sequential([keras.Input(case.input_shape), *NETWORKS[case.variant](case.classes)])
    trained, state = variables_of(model, TRAINED), variables_of(model, STATE)
    assert {*trained, *state} == {*case.weights}, {*trained, *state} ^ {*case.weights}
    for name, variable in {**trained, **state}.items():
        variable.assign(case.weights[name])
    velocity = {name: tf.Variable(tf.zeros_like(variable.value)) for name, variable in trained.items()}

    logits = model(case.images[0], training=False).numpy()
    first_gradients, losses = {}, []
    for step, rate in enumerate(case.learning_rates):
        with tf.GradientTape() as tape:
            outputs = model(case.images[step], training=True)
            loss = tf.reduce_mean(
                keras.losses.sparse_categorical_crossentropy(case.labels[step], outputs, from_logits=True)
            )
        gradients = tape.gradient(loss, {name: variable.value for name, variable in trained.items()})
        losses.append(float(loss))
        if step == 0:
            first_gradients = {name: np.array(value) for name, value in gradients.items()}
        # The paper's rule, with the rate inside the velocity, as Keras's SGD has it too; the decay by hand.
        for name, weight in trained.items():
            moved = case.momentum * velocity[name] - rate * (case.weight_decay * weight.value + gradients[name])
            velocity[name].assign(moved)
            weight.assign_add(moved)
    return logits, first_gradients, losses, {name: np.array(value.value) for name, value in state.items()}


if __name__ == "__main__":
    answer(peer, {"keras": keras.__version__, "tensorflow": tf.__version__})
