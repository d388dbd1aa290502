#!/usr/bin/env python3
"""Prints what torch (1.13) makes of the tasks in this folder's tests: optimisers, losses, schedules.

The tests hold these numbers; nothing runs this script by itself.
"""
import torch
import torch.nn.functional as F

f64 = torch.float64


def optimizer(name, make):
    """Five steps on the sum of w^2 / 2 + 2 w from (1, -3)."""
    w = torch.tensor([1.0, -3.0], dtype=f64, requires_grad=True)
    rule = make([w])
    for _ in range(5):
        rule.zero_grad()
        (w * w * 0.5 + 2 * w).sum().backward()
        rule.step()
    print(name, [round(x, 8) for x in w.tolist()])


def loss(name, value, x):
    gradient, = torch.autograd.grad(value, x)
    print(name, value.item(), gradient.tolist())


def main():
    print('torch', torch.__version__)
    o = torch.optim
    optimizer('adagrad', lambda p: o.Adagrad(p, lr=0.3, lr_decay=0.5, weight_decay=0.1))
    optimizer('rmsprop', lambda p: o.RMSprop(p, lr=0.02, alpha=0.9, momentum=0.9, weight_decay=0.1))
    optimizer('rmsprop centered',
              lambda p: o.RMSprop(p, lr=0.02, alpha=0.9, momentum=0.5, centered=True))
    optimizer('adadelta', lambda p: o.Adadelta(p, lr=1, rho=0.8, eps=1e-3, weight_decay=0.1))
    optimizer('sgd', lambda p: o.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.1))
    optimizer('adam', lambda p: o.Adam(p, lr=0.1, weight_decay=0.1))
    optimizer('adamw', lambda p: o.AdamW(p, lr=0.1, weight_decay=0.1))

    x = torch.tensor([[0, 1, 2], [1, -1, 0.5], [2, 0, -1], [0.3, 0.2, 0.1]], dtype=f64,
                     requires_grad=True)
    weights = torch.tensor([1, 2, 0.5], dtype=f64)
    labels = torch.tensor([2, 0, -100, 1])
    for smoothing in (0.0, 0.1):
        for w in (None, weights):
            loss(f'cross_entropy {smoothing} {w is not None}',
                 F.cross_entropy(x, labels, weight=w, label_smoothing=smoothing), x)
    loss('multi_margin', F.multi_margin_loss(x, torch.tensor([2, 0, 1, 1]), margin=1.5), x)
    shares = torch.tensor([[0.2, 0.3, 0.5], [1, 0, 0], [0.1, 0.1, 0.8], [0.25, 0.25, 0.5]], dtype=f64)
    loss('kl', F.kl_div(F.log_softmax(x, 1), shares, reduction='batchmean'), x)
    other = torch.tensor([[1, 1, 2], [1, 1, 0.5], [-2, 0, 1], [0.3, -0.2, 0.1]], dtype=f64)
    ones = torch.ones(4)
    loss('cosine', F.cosine_embedding_loss(x, other, ones), x)
    same = torch.tensor([1, -1, -1, -1])
    loss('cosine_embedding', F.cosine_embedding_loss(x, other, same, margin=0.1), x)
    loss('triplet', F.triplet_margin_loss(x, other, shares, margin=0.7), x)

    rule = o.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    cycle = o.lr_scheduler.OneCycleLR(rule, max_lr=1.0, total_steps=20, cycle_momentum=False)
    rates = []
    for step in range(20):
        rates.append(rule.param_groups[0]['lr'])
        rule.step()
        if step < 19:
            cycle.step()
    print('one_cycle', rates)


if __name__ == '__main__':
    main()
