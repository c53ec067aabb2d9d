"""The networks as PyTorch has them. Weights come as Tandem keeps them: HWIO, [in, out], flattened in the order H, W, C."""

import torch
import torch.nn.functional as F

from case import Case, answer

Weights = dict[str, torch.Tensor]


def to_torch(value: torch.Tensor) -> torch.Tensor:
    """HWIO to OIHW, [in, out] to [out, in]."""
    if value.ndim == 4:
        return value.permute(3, 2, 0, 1).contiguous()
    return value.t().contiguous() if value.ndim == 2 else value.clone()


def from_torch(value: torch.Tensor) -> torch.Tensor:
    if value.ndim == 4:
        return value.permute(2, 3, 1, 0)
    return value.t() if value.ndim == 2 else value


class Net:
    """Layers by name over a dictionary of weights; `training` chooses between a batch's statistics and moving averages."""

    def __init__(self, weights: Weights, training: bool):
        self.weights = weights
        self.training = training
        self.moved: Weights = {}

    def conv(self, x, name, stride=1, padding=0, groups=1):
        w = self.weights
        return F.conv2d(x, w[f"{name}/kernel"], w[f"{name}/bias"], stride, padding, groups=groups).relu()

    def dense(self, x, name):
        return F.linear(x, self.weights[f"{name}/kernel"], self.weights[f"{name}/bias"])

    def lrn(self, x):
        # PyTorch divides alpha by the size of the window; the paper does not.
        return F.local_response_norm(x, size=5, alpha=5 * 1e-4, beta=0.75, k=2.0)

    def bn(self, x, name, momentum=0.99, epsilon=1e-3):
        w = self.weights
        gamma, beta = w[f"{name}/gamma"], w[f"{name}/beta"]
        mean, variance = w[f"{name}/moving_mean"], w[f"{name}/moving_variance"]
        if not self.training:
            return F.batch_norm(x, mean, variance, gamma, beta, training=False, eps=epsilon)
        # PyTorch's own moving variance is corrected for the sample's size; Keras's is not.
        axes = [axis for axis in range(x.ndim) if axis != 1]
        with torch.no_grad():
            now_variance, now_mean = torch.var_mean(x, dim=axes, correction=0)
            self.moved[f"{name}/moving_mean"] = mean * momentum + now_mean * (1 - momentum)
            self.moved[f"{name}/moving_variance"] = variance * momentum + now_variance * (1 - momentum)
        return F.batch_norm(x, None, None, gamma, beta, training=True, eps=epsilon)


def flatten(x):
    return x.permute(0, 2, 3, 1).flatten(1)


def small(net: Net, x):
    x = F.max_pool2d(net.conv(x, "conv1", padding=1), 2)
    x = F.max_pool2d(net.conv(x, "conv2", padding=1), 2)
    x = net.dense(flatten(x), "fc3").relu()
    return net.dense(x, "fc4")


def alexnet_paper(net: Net, x):
    x = F.max_pool2d(net.lrn(net.conv(x, "conv1", stride=4)), 3, 2)
    x = F.max_pool2d(net.lrn(net.conv(x, "conv2", padding=2, groups=2)), 3, 2)
    x = net.conv(x, "conv3", padding=1)
    x = net.conv(x, "conv4", padding=1, groups=2)
    x = net.conv(x, "conv5", padding=1, groups=2)
    x = flatten(F.max_pool2d(x, 3, 2))
    x = net.dense(x, "fc6").relu()
    x = net.dense(x, "fc7").relu()
    return net.dense(x, "fc8")


def alexnet_one_column(net: Net, x):
    x = F.max_pool2d(net.conv(x, "conv1", stride=4, padding=2), 3, 2)
    x = F.max_pool2d(net.conv(x, "conv2", padding=2), 3, 2)
    x = net.conv(x, "conv3", padding=1)
    x = net.conv(x, "conv4", padding=1)
    x = net.conv(x, "conv5", padding=1)
    x = flatten(F.max_pool2d(x, 3, 2))
    x = net.dense(x, "fc6").relu()
    x = net.dense(x, "fc7").relu()
    return net.dense(x, "fc8")


def alexnet_keras(net: Net, x):
    x = net.bn(F.max_pool2d(net.conv(x, "conv1", stride=4), 2), "bn1")
    x = net.bn(F.max_pool2d(net.conv(x, "conv2"), 2), "bn2")
    x = net.bn(net.conv(x, "conv3"), "bn3")
    x = net.bn(net.conv(x, "conv4"), "bn4")
    x = net.bn(F.max_pool2d(net.conv(x, "conv5"), 2), "bn5")
    x = net.bn(net.dense(flatten(x), "fc6").relu(), "bn6")
    x = net.bn(net.dense(x, "fc7").relu(), "bn7")
    return net.dense(x, "fc8")


NETWORKS = {
    "small": small,
    "paper": alexnet_paper,
    "one-column": alexnet_one_column,
    "keras": alexnet_keras,
}


def is_state(name: str) -> bool:
    return "/moving_" in name


def peer(case: Case):
    forward = NETWORKS[case.variant]
    weights = {name: to_torch(torch.from_numpy(value)) for name, value in case.weights.items()}
    trained = {name: value.requires_grad_() for name, value in weights.items() if not is_state(name)}
    velocity = {name: torch.zeros_like(value) for name, value in trained.items()}
    images = torch.from_numpy(case.images).permute(0, 1, 4, 2, 3)
    labels = torch.from_numpy(case.labels).long()

    with torch.no_grad():
        logits = forward(Net(weights, training=False), images[0].contiguous())
    first_gradients, losses = {}, []
    for step, rate in enumerate(case.learning_rates):
        net = Net(weights, training=True)
        loss = F.cross_entropy(forward(net, images[step].contiguous()), labels[step])
        gradients = dict(zip(trained, torch.autograd.grad(loss, list(trained.values()))))
        losses.append(loss.item())
        if step == 0:
            first_gradients = {name: from_torch(value).numpy() for name, value in gradients.items()}
        # The paper's rule, with the rate inside the velocity: torch.optim.SGD has it outside, which differs when it drops.
        with torch.no_grad():
            for name, weight in trained.items():
                velocity[name].mul_(case.momentum).sub_(rate * (case.weight_decay * weight + gradients[name]))
                weight.add_(velocity[name])
        weights.update(net.moved)
    state = {name: value.numpy() for name, value in weights.items() if is_state(name)}
    return logits.numpy(), first_gradients, losses, state


if __name__ == "__main__":
    answer(peer, {"torch": torch.__version__})
